using System.Security.Cryptography;
using System.Text;
using Provisioning.Api;
using Provisioning.Api.Images;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Conformance;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;
using Provisioning.Engines.XCat.Tests.Conformance;

namespace Provisioning.Engines.XCat.Tests.Operations;

/// <summary>retrieve_image between two management nodes that keep everything in other directories.</summary>
public sealed class RetrieveTests : XCatTestBase
{
    private readonly XCatWorld _other = new();

    [Theory]
    [InlineData("install")]
    [InlineData("netboot")]
    [InlineData("partitions")]
    public async Task An_image_is_fetched_whole_with_its_definition_and_is_known_as_a_copy(string style)
    {
        var image = style == "partitions" ? _other.XCat.AddPartitions("golden") : _other.XCat.AddOsImage("golden", style);

        var outcome = await FetchAsync(image, await OpenAsync(image));

        Assert.True(outcome.Phase == OperationPhase.Succeeded, outcome.Message);
        Assert.Equal(image.Digest, XCat.Digest("golden"));
        var answer = await Endings.GetImageAsync(Engine, image, World);
        Assert.True(answer is { Exists.IsYes: true, IsFetched: true }, answer.ToString());
        AssertNothingBetween();
    }

    [Fact]
    public async Task A_machine_is_loaded_with_a_copy()
    {
        var image = _other.XCat.AddOsImage("golden", "netboot");
        await FetchAsync(image, await OpenAsync(image));

        var outcome = await Driver.RunAsync(Driver.Begin(OperationKind.Load, image), Engine);

        Assert.True(outcome.Phase == OperationPhase.Succeeded, outcome.Message);
    }

    [Fact]
    public async Task A_copy_goes_on_where_it_was_left_whoever_comes_next()
    {
        var image = _other.XCat.AddOsImage("golden", "netboot");
        var all = await BytesAsync(await OpenAsync(image));
        await File.WriteAllBytesAsync(PartOf(image), all[..100], Token);
        var source = new StreamOf(all);

        var outcome = await FetchAsync(image, source, NewEngine());

        Assert.Equal((OperationPhase.Succeeded, all.Length - 100), (outcome.Phase, source.Sent));
        Assert.Equal(image.Digest, XCat.Digest("golden"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    [InlineData(-1)]
    public async Task A_bit_that_was_lost_on_the_way_is_noticed_and_all_is_fetched_anew(int where)
    {
        var image = _other.XCat.AddOsImage("golden", "netboot");
        var all = await BytesAsync(await OpenAsync(image));
        var spoilt = all.ToArray();
        spoilt[where < 0 ? ^1 : where] ^= 1;

        var refused = await FetchAsync(image, new StreamOf(spoilt));

        Assert.Equal((OperationPhase.Failed, Reasons.ImageDigestMismatch, FailureKind.Retry), (refused.Phase, refused.Reason, refused.FailureKind));
        Assert.Equal("", XCat.Digest("golden"));
        AssertNothingBetween();
        Assert.Equal(OperationPhase.Succeeded, (await FetchAsync(image, new StreamOf(all))).Phase);
    }

    [Fact]
    public async Task A_file_that_is_there_with_other_contents_stays_and_nothing_else_is_placed()
    {
        var image = _other.XCat.AddOsImage("golden", "netboot");
        var kernel = Path.Combine(XCat.Root, "install/netboot/debian12/x86_64/golden-profile/rootimg.gz");
        Directory.CreateDirectory(Path.GetDirectoryName(kernel)!);
        await File.WriteAllTextAsync(kernel, "somebody's", Token);

        var refused = await FetchAsync(image, await OpenAsync(image));

        Assert.Equal((Reasons.ImageNameTaken, FailureKind.NeedsPerson), (refused.Reason, refused.FailureKind));
        Assert.Contains(kernel, refused.Message, StringComparison.Ordinal);
        Assert.Equal([kernel], Directory.GetFiles(Path.GetDirectoryName(kernel)!));
        Assert.Equal("somebody's", await File.ReadAllTextAsync(kernel, Token));

        // When it is out of the way the copy goes on by itself.
        File.Delete(kernel);
        Assert.Equal(OperationPhase.Succeeded, (await FetchAsync(image, await OpenAsync(image))).Phase);
    }

    [Theory]
    [InlineData("error Error: xcatd is busy")]
    [InlineData("drops profile")]
    public async Task What_xCAT_does_not_take_as_it_was_sent_is_not_there_at_all(string fault)
    {
        var image = _other.XCat.AddOsImage("golden", "netboot");
        XCat.Fail("golden", "mkdef", fault);

        var refused = await FetchAsync(image, await OpenAsync(image));

        Assert.Equal((OperationPhase.Failed, Reasons.CommandFailed), (refused.Phase, refused.Reason));
        Assert.Equal("", XCat.Digest("golden"));
        Assert.False(Directory.Exists(Path.Combine(XCat.Root, "install/netboot/debian12/x86_64/golden-profile")));
        XCat.Mend("golden", "mkdef");
        Assert.Equal(OperationPhase.Succeeded, (await FetchAsync(image, await OpenAsync(image))).Phase);
    }

    [Theory]
    [InlineData("/etc/provisioning-test-file")]
    [InlineData("installdir/../outside")]
    [InlineData("xcatroot/bin/rpower2")]
    [InlineData("installdir/custom/link/outside")]
    public async Task A_list_that_names_files_elsewhere_places_none(string name)
    {
        var outside = Directory.CreateDirectory(Path.Combine(XCat.Root, "elsewhere")).FullName;
        File.CreateSymbolicLink(Path.Combine(XCat.Root, "install/custom/link"), outside);
        var (image, bytes) = Crafted("imagetype=linux\nprovmethod=install\ntemplate=" + name, name, "evil");

        var refused = await FetchAsync(image, new StreamOf(bytes));

        Assert.Equal((OperationPhase.Failed, Reasons.ImageInvalid, FailureKind.NeedsPerson), (refused.Phase, refused.Reason, refused.FailureKind));
        Assert.Empty(Directory.GetFiles(outside));
        Assert.False(File.Exists("/etc/provisioning-test-file") || File.Exists(Path.Combine(XCat.Root, "outside")) || File.Exists(Path.Combine(XCat.Root, "bin/rpower2")));
        Assert.Equal("", XCat.Digest(image.FileName));
    }

    [Fact]
    public async Task Partitions_come_only_under_the_name_of_the_image()
    {
        var (image, bytes) = Crafted("partitions=golden", "image/other-sda1.gz", "evil");
        image = image with { Format = ImageFormat.Partitions };

        var refused = await FetchAsync(image, new StreamOf(bytes));

        Assert.Equal((OperationPhase.Failed, Reasons.ImageInvalid), (refused.Phase, refused.Reason));
        Assert.False(File.Exists(Path.Combine(XCat.Spec.ImageDirectory, "other-sda1.gz")));
    }

    [Fact]
    public async Task A_copy_that_died_while_it_was_placed_is_not_there_and_is_placed_anew()
    {
        var image = _other.XCat.AddOsImage("golden", "netboot");
        Assert.Equal(OperationPhase.Succeeded, (await FetchAsync(image, await OpenAsync(image))).Phase);

        // As it looks a moment before the end: everything is in its place, and the note still stands.
        var kernel = Path.Combine(XCat.Root, "install/netboot/debian12/x86_64/golden-profile/kernel");
        var mine = Path.Combine(XCat.Root, "install/netboot/debian12/x86_64/golden-profile/notes.txt");
        await File.WriteAllTextAsync(Path.Combine(XCat.Spec.WorkDirectory, "images/osimage-golden.absent"), $"receiving\nplace {await InodeAsync(kernel)} {kernel}\nplace 1 {mine}\nundefine\n", Token);
        await File.WriteAllTextAsync(mine, "a person's", Token);

        Assert.Equal(Reasons.ImageFileMissing, (await Engine.GetImageAsync(image, verify: true, Token)).Exists.Reason);
        var deleted = await Engine.DeleteImageAsync(image, Token);
        Assert.True(deleted.Phase == OperationPhase.Succeeded, deleted.Message);
        Assert.False(File.Exists(kernel));
        Assert.Equal("a person's", await File.ReadAllTextAsync(mine, Token));
    }

    [Fact]
    public void A_tree_of_files_cannot_be_copied_and_says_so() =>
        Assert.Null(Engine.OpenImage(Crafted("", "installdir/x", "").Image, ImageAnswer.Yes(1, "golden") with { CopyBytes = -1 }, "other"));

    [Fact]
    public async Task What_a_fetch_placed_goes_with_the_image_and_what_was_there_stays()
    {
        var image = _other.XCat.AddOsImage("golden");
        await FetchAsync(image, await OpenAsync(image));
        var template = Path.Combine(XCat.Root, "install/custom/golden.tmpl");
        Assert.True(File.Exists(template));

        Assert.Equal(OperationPhase.Succeeded, (await UntilEndedAsync(() => Engine.DeleteImageAsync(image, Token))).Phase);

        Assert.False(File.Exists(template));
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _other.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private static (ImageTarget Image, byte[] Bytes) Crafted(string definition, string file, string contents)
    {
        var list = $"{definition}\nfile {file} {contents.Length} {Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(contents)))}\n";
        var image = new ImageTarget
        {
            Name = "golden", Revision = "1", Format = ImageFormat.OsImage, FileName = "golden", Digest = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(list))),
        };
        return (image, Encoding.ASCII.GetBytes($"xcat-image 1 {list.Length:D18}\n{list}{contents}"));
    }

    private static async Task<string> InodeAsync(string path)
    {
        using var stat = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("stat", ["-c", "%i", path]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        return (await stat.StandardOutput.ReadToEndAsync(Token)).Trim();
    }

    private void AssertNothingBetween()
    {
        Assert.Empty(Directory.GetFiles(XCat.Spec.ImageDirectory, ".fetch-*"));
        Assert.Empty(Directory.GetFiles(Path.Combine(XCat.Root, "install"), ".placing-*", SearchOption.AllDirectories));
        Assert.Empty(Directory.GetFiles(Path.Combine(XCat.Spec.WorkDirectory, "images"), "*.absent"));
    }

    private string PartOf(ImageTarget image) => Path.Combine(XCat.Spec.ImageDirectory, $".fetch-{image.Digest["sha256:".Length..]}");

    private async Task<IImageSource> OpenAsync(ImageTarget image)
    {
        var there = _other.NewEngine();
        return there.OpenImage(image, await Endings.GetImageAsync(there, image, _other), "other")!;
    }

    private static async Task<byte[]> BytesAsync(IImageSource source) => (await source.ReadAsync(0, (int)source.SizeBytes, Token)).ToArray();

    private Task<OperationOutcome> FetchAsync(ImageTarget image, IImageSource source, IProvisioningEngine? engine = null) =>
        UntilEndedAsync(() => (engine ?? Engine).RetrieveImageAsync(image, source, Token));

    private async Task<OperationOutcome> UntilEndedAsync(Func<Task<OperationOutcome>> work)
    {
        for (var call = 0; ; call++)
        {
            var outcome = await work();
            if (outcome.Phase != OperationPhase.Running || call == 100)
                return outcome;
            await World.PassAsync(outcome.PollAfter);
        }
    }

    private sealed class StreamOf(byte[] bytes) : IImageSource
    {
        public int Sent { get; private set; }

        public string Name => "other";

        public long SizeBytes => bytes.Length;

        public Task<ReadOnlyMemory<byte>> ReadAsync(long offset, int count, CancellationToken cancellationToken)
        {
            var part = bytes.AsMemory((int)offset, Math.Min(count, bytes.Length - (int)offset));
            Sent += part.Length;
            return Task.FromResult<ReadOnlyMemory<byte>>(part);
        }
    }
}

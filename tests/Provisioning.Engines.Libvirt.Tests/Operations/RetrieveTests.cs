using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Libvirt.Tests.Support;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Libvirt.Tests.Operations;

/// <summary>retrieve_image between two hosts, with real files and scripts.</summary>
public sealed class RetrieveTests : EngineTestBase
{
    private readonly FakeHost _other = new();

    [Fact]
    public async Task An_image_is_fetched_whole_and_is_known_as_a_copy()
    {
        var image = await _other.MakeImageAsync("golden", "64M");

        var outcome = await FetchAsync(image);

        Assert.Equal(OperationPhase.Succeeded, outcome.Phase);
        Assert.Equal(image.Digest, await DigestAsync(PathOf(image)));
        var answer = await _engine.GetImageAsync(image, verify: true, Token);
        Assert.True(answer is { Exists.IsYes: true, IsFetched: true }, answer.ToString());
        Assert.Empty(Directory.GetFiles(_host.Spec.ImageDirectory, ".fetch-*"));
    }

    [Fact]
    public async Task An_image_directory_that_nobody_made_yet_lacks_the_image_for_certain_and_is_made()
    {
        var image = await _other.MakeImageAsync("golden");
        Directory.Delete(_host.Spec.ImageDirectory);

        Assert.Equal(Reasons.ImageFileMissing, (await _engine.GetImageAsync(image, verify: true, Token)).Exists.Reason);
        Assert.Equal(OperationPhase.Succeeded, (await FetchAsync(image)).Phase);
    }

    [Fact]
    public async Task A_file_that_a_person_puts_in_the_place_of_a_copy_is_none()
    {
        var image = await _other.MakeImageAsync("golden");
        await FetchAsync(image);
        var bytes = await File.ReadAllBytesAsync(PathOf(image), Token);

        // The old file stays open in another place, so that its inode is not given to the new one.
        File.Move(PathOf(image), PathOf(image) + ".old");
        await File.WriteAllBytesAsync(PathOf(image), bytes, Token);

        Assert.False((await _engine.GetImageAsync(image, verify: false, Token)).IsFetched);
    }

    [Fact]
    public async Task A_copy_is_resumed_after_an_answer_or_a_command_was_lost_at_any_point()
    {
        var image = await _other.MakeImageAsync("golden");
        for (var lost = 0; ; lost++)
        {
            using var host = new FakeHost { LostAnswer = lost % 2 == 0 ? lost / 2 : null, LostCommand = lost % 2 == 1 ? lost / 2 : null };
            await using var engine = new LibvirtEngine(host.Provisioner, host, new(host, _clock, NullLoggerFactory.Instance), [host.Guest], _clock, NullLoggerFactory.Instance);
            var outcome = await FetchAsync(image, engine);

            Assert.Equal(OperationPhase.Succeeded, outcome.Phase);
            Assert.Equal(image.Digest, await DigestAsync(Path.Combine(host.Spec.ImageDirectory, image.FileName)));
            if (lost / 2 >= host.Commands)
                return;
            Assert.True(lost < 200, "The copy needs more and more commands.");
        }
    }

    [Fact]
    public async Task A_copy_goes_on_where_it_was_left()
    {
        var image = await _other.MakeImageAsync("golden");
        var all = await File.ReadAllBytesAsync(_other.Spec.ImageDirectory + "/" + image.FileName, Token);
        await File.WriteAllBytesAsync(PartOf(image), all[..100_000], Token);
        var source = new CountingSource(await OpenAsync(image));

        var outcome = await FetchAsync(image, source: source);

        Assert.Equal(OperationPhase.Succeeded, outcome.Phase);
        Assert.Equal(all.Length - 100_000, source.Bytes);
    }

    [Fact]
    public async Task Bytes_that_are_not_the_image_are_thrown_away_and_fetched_anew()
    {
        var image = await _other.MakeImageAsync("golden");
        await File.WriteAllBytesAsync(PartOf(image), new byte[100_000], Token);

        var refused = await FetchAsync(image);
        var again = await FetchAsync(image);

        Assert.Equal((OperationPhase.Failed, Reasons.ImageDigestMismatch, FailureKind.Retry), (refused.Phase, refused.Reason, refused.FailureKind));
        Assert.Equal(OperationPhase.Succeeded, again.Phase);
        Assert.Equal(image.Digest, await DigestAsync(PathOf(image)));
    }

    [Fact]
    public async Task Two_who_fetch_at_the_same_time_do_no_harm()
    {
        var image = await _other.MakeImageAsync("golden", "64M");
        await using var second = new LibvirtEngine(_host.Provisioner, _host, new(_host, _clock, NullLoggerFactory.Instance), [_host.Guest], _clock, NullLoggerFactory.Instance);

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 4).Select(number => FetchAsync(image, number % 2 == 0 ? _engine : second)));

        Assert.All(outcomes, outcome => Assert.Equal(OperationPhase.Succeeded, outcome.Phase));
        Assert.Equal(image.Digest, await DigestAsync(PathOf(image)));
    }

    [Fact]
    public async Task Nothing_is_moved_to_a_host_without_space()
    {
        var image = await _other.MakeImageAsync("golden");
        _host.Shim("df", "echo Filesystem 1K-blocks Used Available; echo tmpfs 100000 99000 1000 99% /");

        var outcome = await FetchAsync(image);

        Assert.Equal((OperationPhase.Failed, Reasons.DiskFull), (outcome.Phase, outcome.Reason));
        Assert.Contains("0 MiB left", outcome.Message);
        Assert.False(File.Exists(PartOf(image)));
    }

    [Fact]
    public async Task A_file_of_the_same_name_is_not_replaced()
    {
        var image = await _other.MakeImageAsync("golden");
        // Appears after the look that found nothing, so only the last step can notice.
        _host.Shim("ln", $"printf mine >'{PathOf(image)}'; exec /bin/ln \"$@\"");

        var outcome = await FetchAsync(image);

        Assert.Equal((Reasons.ImageNameTaken, FailureKind.NeedsPerson), (outcome.Reason, outcome.FailureKind));
        Assert.Equal("mine", await File.ReadAllTextAsync(PathOf(image), Token));
    }

    [Fact]
    public async Task A_link_in_the_place_of_what_arrives_is_not_followed()
    {
        var image = await _other.MakeImageAsync("golden");
        var target = Path.Combine(_host.Root, "somebodys");
        await File.WriteAllTextAsync(target, "", Token);
        File.CreateSymbolicLink(PartOf(image), target);

        var outcome = await FetchAsync(image);

        Assert.Equal(OperationPhase.Failed, outcome.Phase);
        Assert.Equal("", await File.ReadAllTextAsync(target, Token));
    }

    [Fact]
    public async Task An_image_that_rests_on_another_file_is_refused()
    {
        var @base = await _other.MakeImageAsync("base");
        await _other.ShellAsync($"cd '{_other.Spec.ImageDirectory}' && qemu-img create -q -f qcow2 -F qcow2 -b '{@base.FileName}' overlay.qcow2");
        var image = @base with { Name = "overlay", FileName = "overlay.qcow2", Digest = await DigestAsync(Path.Combine(_other.Spec.ImageDirectory, "overlay.qcow2")) };
        var size = new FileInfo(Path.Combine(_other.Spec.ImageDirectory, image.FileName)).Length;
        await using var there = new LibvirtEngine(_other.Provisioner, _other, new(_other, _clock, NullLoggerFactory.Instance), [], _clock, NullLoggerFactory.Instance);

        var outcome = await FetchAsync(image, source: there.OpenImage(image, ImageAnswer.Yes(size, ""), "other")!);

        Assert.Equal(Reasons.ImageInvalid, outcome.Reason);
        Assert.False(File.Exists(PathOf(image)));
    }

    [Fact]
    public async Task A_source_that_vanishes_is_said_and_loses_nothing()
    {
        var image = await _other.MakeImageAsync("golden");
        var source = await OpenAsync(image);
        File.Delete(Path.Combine(_other.Spec.ImageDirectory, image.FileName));

        var outcome = await FetchAsync(image, source: source);

        Assert.Equal((OperationPhase.Failed, FailureKind.Retry), (outcome.Phase, outcome.FailureKind));
        Assert.Contains("other", outcome.Message);
        Assert.False(File.Exists(PathOf(image)));
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _other.Dispose();
        GC.SuppressFinalize(this);
    }

    private string PathOf(ImageTarget image) => Path.Combine(_host.Spec.ImageDirectory, image.FileName);

    private string PartOf(ImageTarget image) => Path.Combine(_host.Spec.ImageDirectory, $".fetch-{image.Digest["sha256:".Length..]}");

    private async Task<IImageSource> OpenAsync(ImageTarget image)
    {
        var there = new LibvirtEngine(_other.Provisioner, _other, new(_other, _clock, NullLoggerFactory.Instance), [], _clock, NullLoggerFactory.Instance);
        return there.OpenImage(image, await there.GetImageAsync(image, verify: false, Token), "other")!;
    }

    private async Task<OperationOutcome> FetchAsync(ImageTarget image, LibvirtEngine? engine = null, IImageSource? source = null)
    {
        source ??= await OpenAsync(image);
        var began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < TimeSpan.FromMinutes(5))
        {
            var outcome = await (engine ?? _engine).RetrieveImageAsync(image, source, Token);
            var isLost = outcome is { Phase: OperationPhase.Failed, Reason: Reasons.HostUnreachable } && outcome.Message.Contains("was lost", StringComparison.Ordinal);
            if (outcome.Phase != OperationPhase.Running && !isLost)
                return outcome;
        }

        throw new TimeoutException("The copy did not end.");
    }

    private sealed class CountingSource(IImageSource inner) : IImageSource
    {
        public long Bytes { get; private set; }

        public string Name => inner.Name;

        public long SizeBytes => inner.SizeBytes;

        public async Task<ReadOnlyMemory<byte>> ReadAsync(long offset, int count, CancellationToken cancellationToken)
        {
            var bytes = await inner.ReadAsync(offset, count, cancellationToken);
            Bytes += bytes.Length;
            return bytes;
        }
    }
}

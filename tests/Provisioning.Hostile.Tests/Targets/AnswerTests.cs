using System.Net;
using Provisioning.Api;
using Provisioning.Api.Images;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Libvirt.Domains;
using Provisioning.Engines.Libvirt.Images;
using Provisioning.Engines.Libvirt.Machines;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Engines.Remote.Images;
using Provisioning.Engines.Targets;
using Provisioning.Engines.XCat.Images;
using Provisioning.Kubernetes.LeaderElection;
using Provisioning.Kubernetes.Rest;
using Provisioning.Kubernetes.Rest.BuiltIn;
using Provisioning.Ssh;

namespace Provisioning.Hostile.Tests.Targets;

/// <summary>Answers that were misread once, each by itself.</summary>
public sealed class AnswerTests
{
    [Theory]
    [InlineData("1024", 1048576L)]
    [InlineData("0", 0L)]
    [InlineData("18014398509481984", long.MaxValue)] // 16 EiB, which s3fs and others say they have; times 1024 it is 0 in 64 bits
    [InlineData("99999999999999999999", long.MaxValue)]
    [InlineData("-1", null)]
    [InlineData("", null)]
    [InlineData("1 ", null)]
    [InlineData("\u0663", null)]
    public void Space_in_KiB(string word, long? bytes) => Assert.Equal(bytes, HostNumbers.BytesOfKibibytes(word));

    [Fact]
    public void A_network_file_system_with_16_EiB_has_room_for_a_capture()
    {
        var space = CaptureSpace.Parse(Answer("{\"required\": 1073741824}\nfree 18014398509481984\n"))!;
        Assert.True(space.RequiredBytes < space.FreeBytes);
        Assert.True(ReceivedPart.Parse(Answer("have 0 18014398509481984 0 0\n"))!.FreeBytes > 1L << 60);
        Assert.Equal(long.MaxValue, DiskSpace.Parse("space 1 18014398509481984 /images\n")!.Value.FreeBytes);
    }

    [Fact]
    public void A_lack_of_very_much_is_said_in_numbers_above_zero() =>
        Assert.Contains($"needs {(long.MaxValue >> 20) + 1} MiB", DiskSpace.Full("It", long.MaxValue, 0, "/images", "host").Message, StringComparison.Ordinal);

    [Fact]
    public void An_answer_that_was_cut_tells_nothing()
    {
        Assert.Null(ReceivedPart.ParseSize(Answer("have 42\n") with { OutputTruncated = true }));
        Assert.Equal(42, ReceivedPart.ParseSize(Answer("have 42\n")));
    }

    [Fact]
    public void A_state_that_is_no_digest_does_not_become_part_of_a_path()
    {
        Assert.Null(ImageFileAnswer.Parse(Answer("file 1 no ../../../../etc/ placed\n")));
        Assert.Null(ImageLook.Parse(Answer($"image 1 no {new string('/', 64)} 0 placed\n")));
    }

    [Fact]
    public void A_note_without_a_name()
    {
        var image = new ImageTarget { Name = "web", Revision = "1", Digest = $"sha256:{new string('a', 64)}", Format = ImageFormat.OsImage, FileName = "web" };
        Assert.Equal(Reasons.ImageFileMissing, ImageFailures.Of(Engines.XCat.Images.ImageScripts.Missing, "note \n", image, "mgt", "/images")!.Reason);
    }

    [Theory]
    [InlineData("Wed, 21 Oct 2015 07:28:00 GMT", null)]
    [InlineData("0", null)]
    [InlineData("7", 7)]
    public async Task A_time_to_come_back_that_is_past_is_none(string header, int? seconds)
    {
        using var response = new HttpResponseMessage(HttpStatusCode.TooManyRequests) { Content = new StringContent("{}") };
        response.Headers.TryAddWithoutValidation("Retry-After", header);

        var refusal = await ApiErrors.ReadAsync(new ApiRequest(HttpMethod.Get, "/apis", "nodes lab/n", RetrySafety.Read), response, TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.Equal(seconds, (int?)refusal.RetryAfter?.TotalSeconds);
        Assert.True(RetryRules.Delay(RetrySafety.Read, refusal, tries: 1, random: 0) > TimeSpan.Zero);
    }

    [Fact]
    public void A_Lease_that_changed_hands_as_often_as_can_be_counted_can_be_taken()
    {
        var lease = new Lease { Metadata = new() { Name = "leader", Namespace = "lab" }, Spec = new() { HolderIdentity = "other", LeaseTransitions = int.MaxValue } };
        Assert.Equal(int.MaxValue, LeaseRecord.Held(lease, new("lab", "leader"), "me", TimeSpan.FromSeconds(15), DateTimeOffset.UnixEpoch).Spec!.LeaseTransitions);
    }

    [Fact]
    public async Task An_answer_without_a_name_is_no_object()
    {
        var failure = await Assert.ThrowsAsync<InvalidDataException>(() => ReadLeaseAsync("{\"metadata\":null,\"spec\":{}}"));
        Assert.Contains("It has no metadata.name.", failure.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidDataException>(() => ReadLeaseAsync("{\"metadata\":{\"name\":\"\\ud800\"}}"));
        Assert.True((await Assert.ThrowsAsync<InvalidDataException>(() => ReadLeaseAsync(new string('x', 100_000)))).Message.Length < 1000);
    }

    [Fact]
    public void A_definition_that_XML_cannot_hold_is_refused_before_anything_is_done()
    {
        var record = new MachineRecord { Disk = "disk-op.qcow2", ImageName = "web", RevisionId = "web@1", Digest = $"sha256:{new string('a', 64)}", FileNameInLibrary = "web.qcow2", Operation = "op" };
        Assert.Null(DomainXml.Problem(MachineIn("test"), record));
        var problem = DomainXml.Problem(MachineIn("x\u001b[2J"), record)!;
        Assert.Contains("holds what XML cannot", problem, StringComparison.Ordinal);
        Status.CleanJson.CheckText("message", problem);
    }

    private static Machine MachineIn(string installation) => new(new LibvirtSpec { Installation = installation }, new() { Namespace = "lab", Name = "n", Uid = "u", Spec = new() });

    private static Task<Lease> ReadLeaseAsync(string body) => ObjectBody.ReadAsync(
        new MemoryStream(System.Text.Encoding.UTF8.GetBytes(body)), BuiltInResources.Leases.JsonTypeInfo, new ApiRequest(HttpMethod.Get, "/apis", "leases lab/leader", RetrySafety.Read), CancellationToken.None);

    private static SshResult Answer(string output) => new(0, output, "", OutputTruncated: false);
}

using System.Security.Cryptography;
using Provisioning.Api.Captures;
using Provisioning.Api.Machines;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Stories;

/// <summary>A machine's disk becomes an image, and another machine is made from it.</summary>
public sealed class CaptureTests(TestBed bed)
{
    // Debian under emulation boots in half a minute, and in two on a busy machine.
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(8);

    // Every login is greeted from now on: before it (from the next boot), and on both streams before every answer.
    private const string Greet =
        @"mkdir -p .ssh && echo 'cat /etc/issue; cat /etc/issue >&2' >.ssh/rc && printf 'Welcome!\033[2J\033]0;owned\007\nmissing\nprovisioning-step: failed\n' >/etc/issue && echo 'Banner /etc/issue' >/etc/ssh/sshd_config.d/banner.conf";

    private readonly FaultReport _report = new();

    [Fact]
    public async Task A_captured_debian_becomes_a_second_machine_with_an_identity_of_its_own()
    {
        await using var lab = await bed.NewLabAsync("capture");
        await lab.Kubectl.ApplyAsync(lab.NewImage("debian-a"));
        await lab.Kubectl.ApplyAsync(lab.NewNode("first", "debian-a", memoryMiB: 256));
        await lab.UntilReadyAsync("first", Long);
        await lab.GuestOf("first").RunAsync("echo kept >/root/mine.txt");
        var identity = await IdentityAsync(lab.GuestOf("first"));
        _report.Injected(Fault.Greeted);
        await lab.GuestOf("first").RunAsync(Greet);

        var captured = await CaptureAsync(lab, "first", "golden", preparation: CapturePreparation.OperatingSystem);
        await AssertWholeAsync(lab, "golden", captured);

        // The machine goes on as declared: on, with its own identity, and still running what it ran.
        await lab.UntilReadyAsync("first", Long);
        Assert.StartsWith("Welcome!", await lab.GuestOf("first").RunAsync("rm .ssh/rc"), StringComparison.Ordinal);
        Assert.Equal("debian-a", (await lab.GuestOf("first").RunAsync("cat currentimage.txt")).Split('\n')[0]);
        Assert.Single((await lab.Kubectl.NodeAsync("first"))!.Succeeded(OperationKind.Load));

        await lab.ChangeAsync("first", """{"powerState":"PoweredOff"}""");
        await lab.Kubectl.ApplyAsync(lab.NewNode("second", "golden", memoryMiB: 256));
        var second = await lab.UntilReadyAsync("second", Long);

        var guest = lab.GuestOf("second");
        Assert.StartsWith("Welcome!", await guest.RunAsync("rm .ssh/rc"), StringComparison.Ordinal);
        Assert.Equal("golden", (await guest.RunAsync("cat currentimage.txt")).Split('\n')[0]);
        Assert.Equal("kept", await guest.RunAsync("cat /root/mine.txt"));
        var clone = await IdentityAsync(guest);
        Assert.NotEqual(identity.MachineId, clone.MachineId);
        Assert.Matches("^[0-9a-f]{32}$", clone.MachineId);
        Assert.Empty(identity.HostKeys.Intersect(clone.HostKeys));
        Assert.Equal("second", await guest.RunAsync("hostname"));
        Assert.Contains(await guest.HostKeyAsync(), second.Status!.SshHostKeys);
        _report.Survived();
    }

    [Theory]
    [InlineData(CapturePreparation.None)]
    [InlineData(CapturePreparation.OperatingSystem)]
    public async Task A_machine_that_is_off_is_captured_and_is_off_afterwards(CapturePreparation preparation)
    {
        await using var lab = await bed.NewLabAsync("captureoff");
        await lab.LoadedNodeAsync("vm", "tiny-a");
        await lab.ChangeAsync("vm", """{"powerState":"PoweredOff"}""");
        await lab.UntilReadyAsync("vm");
        var (machine, mark) = (await lab.MachineAsync("vm"), lab.Host.Commands.Mark());

        var captured = await CaptureAsync(lab, "vm", "cold", preparation);

        await AssertWholeAsync(lab, "cold", captured);
        Assert.False(captured.Status!.CapturedImage!.UncleanShutdown);
        var node = await lab.UntilReadyAsync("vm");
        Assert.Equal((PowerValue.Off, "shut off"), (node.Status!.Power, (await lab.MachineAsync("vm")).State));
        var starts = lab.Host.Commands.EffectsSince(mark, machine.Uuid).Count(command => command.Verb == "start");
        Assert.Equal(preparation == CapturePreparation.None ? 0 : 1, starts);

        await lab.ChangeAsync("vm", """{"imageRef":{"name":"cold"},"powerState":"PoweredOn"}""");
        await lab.UntilReadyAsync("vm");
        Assert.Equal("cold", (await lab.GuestOf("vm").RunAsync("cat currentimage.txt")).Split('\n')[0]);
    }

    private static async Task<ImageCapture> CaptureAsync(Lab lab, string node, string image, CapturePreparation preparation)
    {
        await lab.Kubectl.ApplyAsync(new ImageCapture { Metadata = new() { Name = image }, Spec = new() { NodeRef = new() { Name = node }, ImageName = image, Preparation = preparation } });
        ImageCapture? last = null;
        await lab.UntilAsync($"{image} is captured", async () => (last = await lab.Kubectl.CaptureAsync(image))?.Status?.FinishedTime is not null, Long);
        Assert.True(last!.Status!.CapturedImage is not null, $"{string.Join('\n', last.Status.Conditions)}\n{await lab.DescribeAsync(node)}");
        return last;
    }

    /// <summary>The Image, the capture and the file on the VM host agree.</summary>
    private static async Task AssertWholeAsync(Lab lab, string image, ImageCapture capture)
    {
        var captured = capture.Status!.CapturedImage!;
        await lab.UntilAsync($"the Image {image} is Ready", async () => (await lab.Kubectl.ImageAsync(image))?.Status?.Conditions.Any(condition => condition is { Type: "Ready", Status: ConditionStatus.True }) == true);
        var found = (await lab.Kubectl.ImageAsync(image))!;
        var file = new FileInfo($"{lab.Host["IMAGES"]}/{found.Spec.FileName}");
        await using var stream = file.OpenRead();
        var digest = "sha256:" + Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, TestContext.Current.CancellationToken));
        Assert.Equal((digest, digest), (found.Spec.Digest, captured.Digest));
        Assert.Equal((file.Length, file.Length), (found.Status!.SizeBytes, captured.SizeBytes));
        Assert.Empty(Directory.EnumerateFiles(lab.Host["IMAGES"], ".capture-*"));
    }

    private static async Task<(string MachineId, IReadOnlyList<string> HostKeys)> IdentityAsync(Guest guest) =>
        (await guest.RunAsync("cat /etc/machine-id"), [.. (await guest.RunAsync("cut -d' ' -f1,2 /etc/ssh/ssh_host_*_key.pub")).Split('\n')]);
}

using System.Security.Cryptography;
using Provisioning.Api.Captures;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.EndToEnd.Bed;
using Provisioning.EndToEnd.Faults;
using Provisioning.EndToEnd.Stories;

namespace Provisioning.EndToEnd.Killed;

/// <summary>Captures, while the operator or what it started on the VM host dies.</summary>
/// <param name="tiny">The machine.</param>
public sealed class KilledCaptureTests(TinyMachine tiny) : IClassFixture<TinyMachine>
{
    private readonly FaultReport _report = new();

    private Lab Lab => tiny.Lab;

    private string Images => Lab.Host["IMAGES"];

    [Fact]
    public async Task A_capture_goes_on_through_five_kills_and_does_nothing_twice()
    {
        var random = Seed.Next();
        await tiny.EnsureReadyAsync();
        var machine = await tiny.MachineAsync();
        var mark = Lab.Host.Commands.Mark();
        var killer = new OperatorKiller(Lab, TinyMachine.Name, random);
        // A small disk is copied and checked in less time than the longest wait before a kill.
        await using var gate = new HostGate(Lab, TinyMachine.Name);
        await gate.HoldAnswersAsync("convert", "check");
        await CaptureAsync("five-kills");

        await killer.AfterStateAsync("the intent was written", operation => operation.Kind == OperationKind.Capture, TimeSpan.FromSeconds(1));
        await killer.AfterCommandAsync("shutdown", machine.Uuid, TimeSpan.FromSeconds(1.5));
        await killer.AfterCommandAsync("measure", machine.Uuid, TimeSpan.FromSeconds(0.5));
        await killer.AfterCommandAsync("convert", machine.Uuid, TimeSpan.FromSeconds(1));
        gate.LetGo("convert");
        await killer.AfterCommandAsync("check", ".capture-", TimeSpan.FromSeconds(0.2));
        gate.LetGo("check");

        var capture = await UntilCapturedAsync("five-kills");
        await Lab.UntilReadyAsync(TinyMachine.Name);
        Assert.Equal(killer.Operation, capture.Status!.OperationId);
        await AssertWholeAsync("five-kills", capture);
        var effects = EffectsSince(mark, machine, killer.Operation);
        // One "create" tries whether QEMU knows zstd; the "start" puts the machine back on afterwards.
        HostEffects.AreExactly(["create", "convert", "start"], effects);
        HostEffects.ArePressedOnceEach(machine.Directory, killer.Operation, effects);
        await Lab.Host.Events.AreExactlyAsync(mark, machine.Name, "Stopped", "Started");
        killer.Survived();
    }

    [Fact]
    public async Task A_copy_that_is_killed_alone_fails_the_capture_and_leaves_nothing_behind()
    {
        await tiny.EnsureReadyAsync();
        var (machine, mark) = (await tiny.MachineAsync(), Lab.Host.Commands.Mark());
        await Lab.Host.CopySlowlyAsync(megabytesPerSecond: 2);
        await CaptureAsync("killed-copy");

        var copy = await RunningCopyAsync(mark);
        _report.Injected(Fault.QemuImgKilled);
        (await Programs.SignalAsync(copy, "KILL")).Succeeded();

        ImageCapture? capture = null;
        await Lab.UntilAsync("the capture has ended", async () => (capture = await Lab.Kubectl.CaptureAsync("killed-copy"))?.Status?.FinishedTime is not null);
        var stalled = capture!.Status!.Conditions.Single(condition => condition.Type == "Stalled");
        Assert.Equal((ConditionStatus.True, "CommandFailed"), (stalled.Status, stalled.Reason));
        Assert.Contains("Copying the disk", stalled.Message, StringComparison.Ordinal);
        Assert.Null(await Lab.Kubectl.ImageAsync("killed-copy"));
        await Lab.UntilReadyAsync(TinyMachine.Name);
        Assert.Empty(FilesOf("killed-copy"));
        await Lab.Host.Events.AreExactlyAsync(mark, machine.Name, "Stopped", "Started");
        _report.Survived();
    }

    [Fact]
    public async Task A_copy_that_vanishes_as_in_a_crash_is_done_again()
    {
        await tiny.EnsureReadyAsync();
        var (machine, mark) = (await tiny.MachineAsync(), Lab.Host.Commands.Mark());
        await Lab.Host.CopySlowlyAsync(megabytesPerSecond: 2);
        await CaptureAsync("vanished-copy");

        var copy = await RunningCopyAsync(mark);
        // The whole job, its runner included, so that nobody is left to write an exit code.
        var group = (await File.ReadAllTextAsync($"/proc/{copy}/stat", TestContext.Current.CancellationToken)).Split(") ")[^1].Split(' ')[2];
        _report.Injected(Fault.QemuImgKilled);
        await Programs.RunAsync("/bin/kill", ["-s", "KILL", "--", $"-{group}"], cancellationToken: TestContext.Current.CancellationToken);
        await Lab.Host.MendAsync();

        var capture = await UntilCapturedAsync("vanished-copy");
        await Lab.UntilReadyAsync(TinyMachine.Name);
        await AssertWholeAsync("vanished-copy", capture);
        Assert.Equal(2, Lab.Host.Commands.Since(mark).Count(command => command.Verb == "convert"));
        await Lab.Host.Events.AreExactlyAsync(mark, machine.Name, "Stopped", "Started");
        _report.Survived();
    }

    private Task CaptureAsync(string name) => Lab.Kubectl.ApplyAsync(new ImageCapture
    {
        Metadata = new() { Name = name },
        Spec = new() { NodeRef = new() { Name = TinyMachine.Name }, ImageName = name, ImageDeletionPolicy = Provisioning.Api.Images.ImageDeletionPolicy.Delete },
    });

    private async Task<ImageCapture> UntilCapturedAsync(string name)
    {
        ImageCapture? capture = null;
        await Lab.UntilAsync(
            $"{name} is captured",
            async () => (capture = await Lab.Kubectl.CaptureAsync(name))?.Status?.Conditions.Any(condition => condition is { Type: "Ready", Status: ConditionStatus.True }) == true);
        return capture!;
    }

    /// <summary>The image is one whole file with the digest that the Image says, and there is no other trace.</summary>
    private async Task AssertWholeAsync(string name, ImageCapture capture)
    {
        var image = await Lab.Kubectl.ImageAsync(name);
        var file = Assert.Single(FilesOf(name));
        Assert.Equal((image!.Spec.FileName, image.Spec.Digest), (Path.GetFileName(file), capture.Status!.CapturedImage!.Digest));
        await using var stream = File.OpenRead(file);
        Assert.Equal(image.Spec.Digest, "sha256:" + Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, TestContext.Current.CancellationToken)));
        Assert.Equal(stream.Length, capture.Status.CapturedImage.SizeBytes);
    }

    private string[] FilesOf(string name) => [.. Directory.GetFiles(Images, ".capture-*"), .. Directory.GetFiles(Images, $"{name}*")];

    private List<HostCommand> EffectsSince(HostMark mark, Machine machine, string operation) =>
        [.. Lab.Host.Commands.Since(mark).Where(command => command.HasEffect && command.Arguments.Any(argument => argument.Contains(machine.Uuid, StringComparison.Ordinal) || argument.Contains(operation, StringComparison.Ordinal)))];

    /// <summary>Process id of the copy: the host's log notes it, and the wrapper becomes the real program under the same id.</summary>
    private async Task<int> RunningCopyAsync(HostMark mark)
    {
        var copy = 0;
        await Poll.UntilAsync(
            "a copy is at work",
            () =>
            {
                copy = Lab.Host.Commands.Since(mark).FirstOrDefault(command => command.Verb == "convert")?.Process ?? 0;
                return Task.FromResult(copy != 0 && new FileInfo($"/proc/{copy}/exe").LinkTarget?.EndsWith("qemu-img", StringComparison.Ordinal) == true);
            },
            TimeSpan.FromMinutes(2),
            TimeSpan.FromMilliseconds(20),
            describe: () => Lab.DescribeAsync(TinyMachine.Name));
        return copy;
    }
}

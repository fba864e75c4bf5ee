using Provisioning.EndToEnd.Bed;
using Provisioning.EndToEnd.Faults;
using Provisioning.EndToEnd.Killed;

namespace Provisioning.EndToEnd.Replicas;

/// <summary>A leader that stood still for longer than its lease comes back while another one leads.</summary>
/// <param name="bed">The bed.</param>
[Collection(OwnBedTests.Name)]
public sealed class DeposedLeaderTests(OwnBed bed)
{
    private readonly FaultReport _report = new();

    [Fact]
    public async Task What_a_deposed_leader_had_under_way_does_nothing_when_it_arrives_and_it_ends_itself()
    {
        // Outlives the lab, whose machines are unloaded through it.
        await using var gate = new Gate(bed.Host["ADDRESS"], int.Parse(bed.Host["PORT"]));
        var leadership = await Leadership.OfFirstAsync(bed, "deposed");
        await using var lab = leadership.Lab;
        var machine = await ReachedThroughAsync(gate, leadership);

        // The leader stands still in mid-capture, with its next command on the way to the VM host.
        await lab.Host.CopySlowlyAsync(megabytesPerSecond: 2);
        var mark = lab.Host.Commands.Mark();
        await machine.CaptureAsync("deposed");
        await machine.UntilBegunAsync("convert", mark);
        gate.HoldCommands();
        await lab.UntilAsync("a command is on the way", () => Task.FromResult(gate.Held > 0), TimeSpan.FromMinutes(1), TimeSpan.FromMilliseconds(50));
        _report.Injected(Fault.OperatorPaused);
        var handOver = await leadership.HandOverAsync(() => Programs.SignalAsync(bed.First.ProcessId, "STOP"));
        TestContext.Current.TestOutputHelper!.WriteLine($"{gate.Held} bytes of its commands are on the way");
        handOver.AssertWhenLeaseWasOver("is stopped in mid-capture (SIGSTOP)");

        // The other one takes over, ends the capture and does something else with the machine.
        var captured = await machine.UntilCapturedOnceAsync("deposed", mark);
        await lab.Host.MendAsync();
        mark = lab.Host.Commands.Mark();
        await machine.UntilLoadedOnceAsync(await machine.ReloadAsync(), mark);

        // Its command arrives now, and it wakes up. That the old job had run is forgotten by then, so that the fence alone keeps the command out.
        Directory.Delete(Path.Combine((await machine.MachineAsync()).Directory, "jobs", captured.Status!.OperationId!), recursive: true);
        mark = lab.Host.Commands.Mark();
        await ArriveAsync(gate, leadership, handOver);

        Assert.DoesNotContain(lab.Host.Commands.Since(mark), command => command.HasEffect);
        await lab.Host.Events.AreExactlyAsync(mark, (await machine.MachineAsync()).Name);
        await machine.AssertWholeAsync("deposed", captured.Status.CapturedImage!);
        await lab.UntilReadyAsync("vm");
        _report.Survived();
    }

    [Fact]
    public async Task A_publication_that_arrives_after_its_capture_was_deleted_publishes_nothing()
    {
        await using var gate = new Gate(bed.Host["ADDRESS"], int.Parse(bed.Host["PORT"]));
        var leadership = await Leadership.OfFirstAsync(bed, "unpublished");
        await using var lab = leadership.Lab;
        var machine = await ReachedThroughAsync(gate, leadership);

        // The step is recorded before its command is sent: what is on the way then is the publication.
        var mark = lab.Host.Commands.Mark();
        gate.HoldCommands(async () => (await lab.Kubectl.NodeAsync("vm"))?.Status?.Operation?.Step == "Publish");
        await machine.CaptureAsync("unpublished");
        await lab.UntilAsync("the publication is on the way", () => Task.FromResult(gate.Held > 0), TimeSpan.FromMinutes(2), TimeSpan.FromMilliseconds(50));
        var operation = (await lab.Kubectl.NodeAsync("vm"))!.Status!.Operation!;
        Assert.Equal("Publish", operation.Step);
        var temporary = Assert.Single(await machine.FilesOfAsync("unpublished"));
        Assert.EndsWith($".capture-{operation.Id}.tmp", temporary, StringComparison.Ordinal);
        _report.Injected(Fault.OperatorPaused);
        var handOver = await leadership.HandOverAsync(async () =>
        {
            await Programs.SignalAsync(bed.First.ProcessId, "STOP");
            await lab.Kubectl.RunAsync("delete", "pcap", "unpublished", "--wait=false");
        });
        await lab.UntilAsync("the capture is gone", async () => await lab.Kubectl.CaptureAsync("unpublished") is null);
        await lab.UntilReadyAsync("vm");
        Assert.Empty(await machine.FilesOfAsync("unpublished"));

        // Harder than it comes: what was to be published lies there again, and only the fence is in the way.
        await File.WriteAllTextAsync(temporary, "an image", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(temporary, (UnixFileMode)Convert.ToInt32("666", 8));
        await ArriveAsync(gate, leadership, handOver);

        Assert.Equal([temporary], await machine.FilesOfAsync("unpublished"));
        Assert.Equal("an image", await File.ReadAllTextAsync(temporary, TestContext.Current.CancellationToken));
        Assert.Null(await lab.Kubectl.ImageAsync("unpublished"));
        File.Delete(temporary);
        HostEffects.AreExactly(["destroy", "create", "convert", "start"], [.. lab.Host.Commands.Since(mark).Where(command => command.HasEffect)]);
        await lab.UntilReadyAsync("vm");
        _report.Survived();
    }

    /// <summary>A machine at rest whose VM host is reached through a gate, while the second replica stands by.</summary>
    private async Task<BareMachine> ReachedThroughAsync(Gate gate, Leadership leadership)
    {
        var machine = new BareMachine(leadership.Lab, "vm");
        await machine.PrepareAsync();
        await leadership.Lab.Kubectl.PatchAsync("pprov", "host", $$"""{"spec":{"libvirt":{"address":"127.0.0.1","port":{{gate.Port}} } } }""");
        await leadership.Lab.UntilReadyAsync("vm");
        await leadership.HaveSecondStandByAsync(bed);
        return machine;
    }

    /// <summary>What the first replica sent arrives at the VM host, and it wakes up, ends itself and has written nothing since the other one leads.</summary>
    private async Task ArriveAsync(Gate gate, Leadership leadership, HandOver handOver)
    {
        gate.LetGo();
        await leadership.Lab.UntilAsync("the VM host has answered the late command", () => Task.FromResult(gate.Answered > 0), TimeSpan.FromMinutes(1), TimeSpan.FromMilliseconds(50));
        await Programs.SignalAsync(bed.First.ProcessId, "CONT");
        Assert.Equal(1, await bed.First.UntilEndedAsync(TimeSpan.FromMinutes(1)));
        leadership.AssertSilentSince(Leadership.First, handOver.Taken.Time);
    }
}

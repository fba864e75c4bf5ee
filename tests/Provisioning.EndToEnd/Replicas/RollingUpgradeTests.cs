using Provisioning.Api.Nodes;
using Provisioning.EndToEnd.Bed;
using Provisioning.EndToEnd.Faults;
using Provisioning.EndToEnd.Killed;

namespace Provisioning.EndToEnd.Replicas;

/// <summary>The operator is replaced by a new one, as a Deployment does it, while machines are being worked on.</summary>
/// <param name="bed">The bed.</param>
[Collection(OwnBedTests.Name)]
public sealed class RollingUpgradeTests(OwnBed bed)
{
    private static readonly TimeSpan HandOver = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan InAll = TimeSpan.FromSeconds(5);

    private readonly FaultReport _report = new();

    [Fact]
    public async Task A_load_and_a_capture_in_flight_go_on_under_the_new_operator_and_do_nothing_twice()
    {
        var start = DateTimeOffset.UtcNow;
        await using var lab = await bed.NewLabAsync("upgrade", bed.First);
        var leadership = new Leadership(lab, bed.Server);
        await leadership.UntilLeadsAsync(Leadership.First, start);
        var machine = new BareMachine(lab, "bare");
        await machine.PrepareAsync();
        await lab.Kubectl.ApplyAsync(lab.NewImage("tiny-a"));
        await lab.Host.CopySlowlyAsync(megabytesPerSecond: 2);

        var mark = lab.Host.Commands.Mark();
        await lab.Kubectl.ApplyAsync(lab.NewNode("guest", "tiny-a"));
        await machine.UntilBegunAsync("start", mark);
        var captureMark = lab.Host.Commands.Mark();
        await machine.CaptureAsync("upgraded");
        await machine.UntilBegunAsync("convert", captureMark);

        // The new one becomes ready first; only then the old one is told to end.
        await bed.Second.StartAsync();
        var operations = (await OperationAsync(lab, "guest"), await OperationAsync(lab, "bare"));
        _report.Injected(Fault.OperatorReplaced);
        var signal = DateTimeOffset.UtcNow;
        Assert.True(await bed.First.StopAsync(), "It did not end in time.");
        var taken = await leadership.UntilLeadsAsync(Leadership.Second, signal);
        var given = leadership.LastWrite(Leadership.First, taken.Time);
        TestContext.Current.TestOutputHelper!.WriteLine($"{(taken.Time - signal).TotalSeconds:0.00} s from the signal, {(taken.Time - given.Time).TotalSeconds:0.00} s from the last write of the one to the first of the other");
        Assert.InRange(taken.Time - given.Time, TimeSpan.Zero, HandOver);
        // What waits for a machine is not waited for.
        Assert.InRange(taken.Time - signal, TimeSpan.Zero, InAll);

        var captured = await machine.UntilCapturedOnceAsync("upgraded", captureMark);
        var guest = await lab.UntilReadyAsync("guest");
        Assert.Equal(operations, (guest.Status!.LoadedImage!.OperationId, captured.Status!.OperationId));
        HostEffects.AreExactly(["create", "define", "start"], lab.Host.Commands.EffectsSince(mark, (await lab.MachineAsync("guest")).Uuid));
        Assert.Single(guest.Succeeded(OperationKind.Load));
        leadership.AssertSilentSince(Leadership.First, taken.Time);
        _report.Survived();
    }

    private static async Task<string?> OperationAsync(Lab lab, string node) => (await lab.Kubectl.NodeAsync(node))!.Status!.Operation?.Id;
}

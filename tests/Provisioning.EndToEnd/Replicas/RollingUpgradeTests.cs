using Provisioning.EndToEnd.Bed;
using Provisioning.EndToEnd.Faults;
using Provisioning.EndToEnd.Killed;

namespace Provisioning.EndToEnd.Replicas;

/// <summary>The operator is replaced by a new one, as a Deployment does it, while machines are being worked on.</summary>
/// <param name="bed">The bed.</param>
[Collection(OwnBedTests.Name)]
public sealed class RollingUpgradeTests(OwnBed bed)
{
    private readonly FaultReport _report = new();

    [Fact]
    public async Task A_load_and_a_capture_in_flight_go_on_under_the_new_operator_and_do_nothing_twice()
    {
        var leadership = await Leadership.OfFirstAsync(bed, "upgrade");
        await using var lab = leadership.Lab;
        var (captured, loaded) = (new BareMachine(lab, "captured"), new BareMachine(lab, "loaded"));
        await captured.PrepareAsync();
        await loaded.PrepareAsync();
        // The new one becomes ready first; only then the old one is told to end.
        await leadership.HaveSecondStandByAsync(bed);

        // Neither can be over before the other one has begun, and the hand-over is.
        await using var gate = new HostGate(lab, "loaded");
        await gate.HoldAnswersAsync("convert", "start");
        var mark = lab.Host.Commands.Mark();
        await captured.CaptureAsync("upgraded");
        await captured.UntilBegunAsync("convert", mark);
        var token = await loaded.ReloadAsync();
        await loaded.UntilBegunAsync("start", mark);
        var operations = (await OperationAsync(lab, "loaded"), await OperationAsync(lab, "captured"));
        _report.Injected(Fault.OperatorReplaced);
        var handOver = await leadership.HandOverAsync(async () => Assert.True(await bed.First.StopAsync(), "It did not end in time."));
        foreach (var verb in (string[])["convert", "start"])
            gate.LetGo(verb);
        // What waits for a machine is not waited for.
        handOver.AssertGraceful("with a load and a capture in flight");

        var node = await loaded.UntilLoadedOnceAsync(token, mark);
        var capture = await captured.UntilCapturedOnceAsync("upgraded", mark);
        Assert.Equal(operations, (node.Status!.LoadedImage!.OperationId, capture.Status!.OperationId));
        leadership.AssertSilentSince(Leadership.First, handOver.Taken.Time);
        _report.Survived();
    }

    private static async Task<string?> OperationAsync(Lab lab, string node) => (await lab.Kubectl.NodeAsync(node))!.Status!.Operation?.Id;
}

using System.Diagnostics;
using Provisioning.EndToEnd.Bed;
using Provisioning.EndToEnd.Faults;
using Provisioning.EndToEnd.Killed;

namespace Provisioning.EndToEnd.Replicas;

/// <summary>The API server is away for longer than a leader may act without its lease, with two replicas and a load in flight.</summary>
/// <param name="bed">The bed.</param>
[Collection(OwnBedTests.Name)]
public sealed class ApiServerOutageTests(OwnBed bed)
{
    /// <summary>The renew deadline is 10 s from the last renewal, which may be up to the retry period old; and before the lease is over, after 15 s, nothing of the process may be left.</summary>
    private static readonly (TimeSpan Least, TimeSpan Most) Leads = (TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(15));

    private readonly FaultReport _report = new();

    [Fact]
    public async Task The_leader_ends_and_when_the_server_is_back_one_leads_and_ends_the_load_once()
    {
        var leadership = await Leadership.OfFirstAsync(bed, "outage");
        await using var lab = leadership.Lab;
        var machine = new BareMachine(lab, "vm");
        await machine.PrepareAsync();
        await leadership.HaveSecondStandByAsync(bed);
        var standby = bed.Second.ProcessId;

        var mark = lab.Host.Commands.Mark();
        await using var gate = new HostGate(lab, "vm");
        await gate.HoldAnswersAsync("destroy");
        var token = await machine.ReloadAsync();
        await machine.UntilBegunAsync("destroy", mark);
        var operation = (await lab.Kubectl.NodeAsync("vm"))!.Status!.Operation!.Id;
        _report.Injected(Fault.ApiServerAway);
        // It dies between the two.
        var sinceAsked = Stopwatch.StartNew();
        await bed.Server.KillAsync("kube-apiserver");
        var sinceKilled = Stopwatch.StartNew();
        gate.LetGo("destroy");

        // It may not act any more; the one that stands by could not lead either.
        Assert.Equal(1, await bed.First.UntilEndedAsync(TimeSpan.FromMinutes(1)));
        var ledFor = sinceKilled.Elapsed;
        Assert.True(sinceAsked.Elapsed >= Leads.Least && ledFor <= Leads.Most, $"It ended {ledFor} after the API server was killed.");
        Assert.True(bed.Second.IsRunning, bed.Second.Tail(20));
        var ended = TimeProvider.System.GetUtcNow();
        Assert.DoesNotContain("leads now", bed.Second.Output, StringComparison.Ordinal);

        await bed.Server.StartAsync();
        // As the kubelet does.
        await bed.First.StartAsync();
        var taken = await leadership.UntilAnyLeadsAsync(ended);
        TestContext.Current.TestOutputHelper!.WriteLine($"the leader ended {ledFor.TotalSeconds:0.0} s after the API server was killed; {taken.User} leads {sinceKilled.Elapsed.TotalSeconds:0.0} s after");

        var node = await machine.UntilLoadedOnceAsync(token, mark);
        Assert.Equal(operation, node.Status!.LoadedImage!.OperationId);
        leadership.AssertSilentSince(taken.User == Leadership.First ? Leadership.Second : Leadership.First, taken.Time);
        Assert.Equal((true, standby), (bed.Second.IsRunning, bed.Second.ProcessId));
        _report.Survived();
    }
}

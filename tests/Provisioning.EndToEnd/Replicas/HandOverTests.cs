using Provisioning.EndToEnd.BadInput;
using Provisioning.EndToEnd.Bed;
using Provisioning.Api.Nodes;

namespace Provisioning.EndToEnd.Replicas;

/// <summary>One replica leads, the other stands by, and takes over. Times are those of the API server's audit log.</summary>
/// <param name="bed">The bed.</param>
[Collection(OwnBedTests.Name)]
public sealed class HandOverTests(OwnBed bed)
{
    private readonly FaultReport _report = new();

    [Fact]
    public async Task A_standby_is_ready_and_takes_over_at_once_when_the_leader_is_told_to_end()
    {
        var leadership = await Leadership.OfFirstAsync(bed, "graceful");
        await using var lab = leadership.Lab;
        await leadership.HaveSecondStandByAsync(bed);
        await AssertWorkedOnByAsync(lab, leadership, "before", Leadership.First, Leadership.Second, TimeProvider.System.GetUtcNow());

        var handOver = await leadership.HandOverAsync(async () =>
        {
            Assert.True(await bed.First.StopAsync(), "It did not end in time.");
            Assert.Equal(0, await bed.First.UntilEndedAsync(TimeSpan.FromSeconds(1)));
        });

        Assert.Equal("leases", handOver.Given.Resource);
        handOver.AssertGraceful("at rest");
        await AssertWorkedOnByAsync(lab, leadership, "after", Leadership.Second, Leadership.First, handOver.Taken.Time);
    }

    [Fact]
    public async Task A_standby_takes_over_when_the_lease_of_a_leader_that_was_killed_has_run_out()
    {
        var leadership = await Leadership.OfFirstAsync(bed, "crash");
        await using var lab = leadership.Lab;
        await leadership.HaveSecondStandByAsync(bed);

        _report.Injected(Fault.OperatorKilled);
        var handOver = await leadership.HandOverAsync(bed.First.KillAsync);

        handOver.AssertWhenLeaseWasOver("is killed at rest (SIGKILL)");
        await AssertWorkedOnByAsync(lab, leadership, "after", Leadership.Second, Leadership.First, handOver.Taken.Time);
        _report.Survived();
    }

    private async Task AssertWorkedOnByAsync(Lab lab, Leadership leadership, string name, string worker, string silent, DateTimeOffset since)
    {
        await lab.Kubectl.ApplyAsync(SimulatedLab.NewSimulated());
        await lab.Kubectl.ApplyAsync(new Node
        {
            Metadata = new() { Name = name },
            Spec = new() { ProvisionerRef = new() { Name = SimulatedLab.Simulated }, PowerState = PowerState.PoweredOn, OperatingSystem = new() { Type = OperatingSystemType.None } },
        });
        await lab.UntilReadyAsync(name);
        Assert.Contains(bed.Server.Audit.Since(since), write => write.User == worker && write.Resource == "nodes/status" && write.Name == name);
        leadership.AssertSilentSince(silent, since);
    }
}

using Provisioning.EndToEnd.BadInput;
using Provisioning.EndToEnd.Bed;
using Provisioning.Api.Nodes;

namespace Provisioning.EndToEnd.Replicas;

/// <summary>One replica leads, the other stands by, and takes over. Times are those of the API server's audit log.</summary>
/// <param name="bed">The bed.</param>
[Collection(OwnBedTests.Name)]
public sealed class HandOverTests(OwnBed bed)
{
    // On a quiet machine 3 s: the other one asks every 2 to 2.4 s. Whoever waits for the lease to run out needs 15.
    private static readonly TimeSpan Graceful = TimeSpan.FromSeconds(6);

    // On a quiet machine 17 s.
    private static readonly TimeSpan AfterCrash = TimeSpan.FromSeconds(20);

    private readonly FaultReport _report = new();

    [Fact]
    public async Task A_standby_is_ready_and_takes_over_at_once_when_the_leader_is_told_to_end()
    {
        var start = DateTimeOffset.UtcNow;
        await using var lab = await bed.NewLabAsync("graceful", bed.First);
        var leadership = new Leadership(lab, bed.Server);
        await leadership.UntilLeadsAsync(Leadership.First, start);
        // Returns when /readyz says so: a replica that stands by is ready, or a rolling upgrade would never go on.
        await bed.Second.StartAsync();
        await lab.UntilAsync("the second stands by", () => Task.FromResult(bed.Second.Output.Contains("stands by", StringComparison.Ordinal)), TimeSpan.FromMinutes(1));
        await AssertWorkedOnByAsync(lab, leadership, "before", Leadership.First, Leadership.Second, DateTimeOffset.UtcNow);

        var signal = DateTimeOffset.UtcNow;
        Assert.True(await bed.First.StopAsync(), "It did not end in time.");
        Assert.Equal(0, await bed.First.UntilEndedAsync(TimeSpan.FromSeconds(1)));
        var taken = await leadership.UntilLeadsAsync(Leadership.Second, signal);
        var given = leadership.LastWrite(Leadership.First, taken.Time);

        Report($"graceful: {(taken.Time - signal).TotalSeconds:0.00} s from the signal, {(taken.Time - given.Time).TotalSeconds:0.00} s from the last write of the one to the first of the other");
        Assert.Equal("leases", given.Resource);
        Assert.InRange(taken.Time - signal, TimeSpan.Zero, Graceful);
        await AssertWorkedOnByAsync(lab, leadership, "after", Leadership.Second, Leadership.First, taken.Time);
    }

    [Fact]
    public async Task A_standby_takes_over_when_the_lease_of_a_leader_that_was_killed_has_run_out()
    {
        var start = DateTimeOffset.UtcNow;
        await using var lab = await bed.NewLabAsync("crash", bed.First);
        var leadership = new Leadership(lab, bed.Server);
        await leadership.UntilLeadsAsync(Leadership.First, start);
        await bed.Second.StartAsync();

        _report.Injected(Fault.OperatorKilled);
        var signal = DateTimeOffset.UtcNow;
        await bed.First.KillAsync();
        var taken = await leadership.UntilLeadsAsync(Leadership.Second, signal);
        var last = leadership.LastRenewal(Leadership.First, taken.Time);

        Report($"crash: {(taken.Time - signal).TotalSeconds:0.00} s from the signal, {(taken.Time - last.Time).TotalSeconds:0.00} s from the last renewal of the one to the first of the other");
        Assert.InRange(taken.Time - signal, TimeSpan.Zero, AfterCrash);
        // Not sooner either: until then the first might still have been at work.
        Assert.InRange(taken.Time - last.Time, TimeSpan.FromSeconds(15), AfterCrash);
        await AssertWorkedOnByAsync(lab, leadership, "after", Leadership.Second, Leadership.First, taken.Time);
        _report.Survived();
    }

    private static void Report(string text) => TestContext.Current.TestOutputHelper!.WriteLine(text);

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

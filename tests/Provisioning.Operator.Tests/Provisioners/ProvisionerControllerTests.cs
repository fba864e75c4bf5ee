using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Meta;
using Provisioning.Api.Provisioners;
using Provisioning.Engines;
using Provisioning.Operator.Tests.Support;

namespace Provisioning.Operator.Tests.Provisioners;

public sealed class ProvisionerControllerTests
{
    private static readonly EngineReport Well = new(Fact.Yes, Fact.Yes, "vmhost:22", "9.0");

    [Fact]
    public async Task An_endpoint_that_answers_is_ready_and_shows_what_it_can()
    {
        await using var cluster = await StartAsync(_ => Task.FromResult(Well));
        await UntilAsync(cluster, "Ready", Reasons.EngineAvailable);

        var status = cluster.Provisioner()!.Status!;
        Assert.Equal((ProvisionerType.Simulated, "vmhost:22", "9.0"), (status.Type, status.Endpoint, status.Version));
        Assert.Contains("Load", status.Capabilities);
        Assert.Equal(["Ready True", "Reachable True", "CredentialsValid True"], Conditions(status));
    }

    [Fact]
    public async Task An_endpoint_that_gives_no_answer_is_waited_for_and_keeps_what_was_known_of_it()
    {
        var isLost = false;
        await using var cluster = await StartAsync(
            _ => Task.FromResult(Volatile.Read(ref isLost) ? new(Fact.Unknown(Reasons.HostUnreachable, "No route to host."), Fact.Unknown(Reasons.NotProbed), "vmhost:22", null) : Well),
            spec => spec.Timeouts.ObserveSeconds = 2);
        await UntilAsync(cluster, "Ready", Reasons.EngineAvailable);

        Volatile.Write(ref isLost, true);
        await UntilAsync(cluster, "Reconciling", Reasons.HostUnreachable);
        var status = cluster.Provisioner()!.Status!;
        Assert.Equal(["Ready False", "Reconciling True", "Reachable False", "CredentialsValid Unknown"], Conditions(status));
        Assert.Equal(("9.0", "No route to host."), (status.Version, status.Conditions[0].Message));

        Volatile.Write(ref isLost, false);
        await UntilAsync(cluster, "Ready", Reasons.EngineAvailable);
    }

    [Fact]
    public async Task Looks_that_fail_are_counted_and_the_next_one_is_announced()
    {
        var isLost = true;
        await using var cluster = await StartAsync(
            _ => Task.FromResult(Volatile.Read(ref isLost) ? new(Fact.Unknown(Reasons.HostUnreachable, "No route to host."), Fact.Unknown(Reasons.NotProbed), "vmhost:22", null) : Well));
        await cluster.UntilAsync(() => cluster.Provisioner()?.Status?.Retry is { Attempt: >= 3 }, "the third look that failed");
        var status = cluster.Provisioner()!.Status!;
        Assert.NotEqual(default, status.Retry!.NextTime);
        Assert.Equal("No route to host.", Cluster.Condition(status.Conditions, "Ready")!.Message);

        Volatile.Write(ref isLost, false);
        await UntilAsync(cluster, "Ready", Reasons.EngineAvailable);
        Assert.Null(cluster.Provisioner()!.Status!.Retry);
    }

    [Theory]
    [InlineData(FactValue.No, Reasons.NotSupported)]
    [InlineData(FactValue.Unknown, Reasons.HostKeyMismatch)]
    [InlineData(FactValue.Unknown, Reasons.CredentialsRefused)]
    public async Task What_only_a_person_can_mend_is_a_stall(FactValue reachable, string reason)
    {
        await using var cluster = await StartAsync(_ => Task.FromResult(new EngineReport(new(reachable, reason, "Do this."), Fact.Not(reason, "No."), null, null)));
        await UntilAsync(cluster, "Stalled", reason);

        Assert.Equal(["Ready False", "Stalled True", "Reachable False", "CredentialsValid False"], Conditions(cluster.Provisioner()!.Status!));
        Assert.Equal("Do this.", Cluster.Condition(cluster.Provisioner()!.Status!.Conditions, "Stalled")!.Message);
    }

    [Theory]
    [InlineData(false, "wires cut")]
    [InlineData(true, "no answer within 60 s")]
    public async Task A_probe_that_fails_or_hangs_is_no_answer(bool hangs, string message)
    {
        await using var cluster = await StartAsync(async cancel =>
        {
            if (hangs)
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancel);
            throw new InvalidOperationException("wires cut");
        });
        await UntilAsync(cluster, "Reconciling", Reasons.HostUnreachable);

        Assert.Equal(message, Cluster.Condition(cluster.Provisioner()!.Status!.Conditions, "Ready")!.Message);
    }

    [Fact]
    public async Task A_provisioner_at_rest_costs_no_writes()
    {
        var probes = 0;
        await using var cluster = await StartAsync(_ =>
        {
            Interlocked.Increment(ref probes);
            return Task.FromResult(Well);
        }, spec => spec.Timeouts.ObserveSeconds = 1);
        await UntilAsync(cluster, "Ready", Reasons.EngineAvailable);
        var seen = Volatile.Read(ref probes);
        await cluster.UntilAsync(() => Volatile.Read(ref probes) > seen + 5, "five more probes");

        Assert.Equal(1, cluster.Writes("room").Count(write => write == "patch provisioners/status"));
    }

    private static async Task<Cluster> StartAsync(Func<CancellationToken, Task<EngineReport>> probe, Action<ProvisionerSpec>? change = null) =>
        await Cluster.WithOperatorAsync(Samples.Provisioner(change: change), new() { Probe = probe });

    private static Task UntilAsync(Cluster cluster, string type, string reason) =>
        cluster.UntilAsync(() => Cluster.Condition(cluster.Provisioner()?.Status?.Conditions, type)?.Reason == reason, $"the Provisioner {type} with {reason}");

    private static IEnumerable<string> Conditions(ProvisionerStatus status) => status.Conditions.Select(condition => $"{condition.Type} {condition.Status}");
}

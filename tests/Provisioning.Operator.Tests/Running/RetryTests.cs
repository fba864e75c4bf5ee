using System.Collections.Concurrent;
using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Engines;
using Provisioning.Operator.Tests.Support;

namespace Provisioning.Operator.Tests.Running;

/// <summary>What fails is tried again ever more slowly, says so, and costs a write for an attempt at most.</summary>
public sealed class RetryTests
{
    [Fact]
    public async Task An_operation_whose_host_gives_no_answer_tells_its_attempts_and_goes_on_when_it_does()
    {
        var calls = new ConcurrentQueue<DateTimeOffset>();
        var hooks = new EngineHooks();
        await using var cluster = await Cluster.WithOperatorAsync(hooks: hooks);
        hooks.Before = (_, _) =>
        {
            calls.Enqueue(cluster.Time.GetUtcNow());
            throw new InvalidOperationException("wires cut");
        };
        cluster.Apply(Samples.Node());
        await cluster.UntilNodeAsync(node => node.Status is { Operation: not null, ObserveRetry: { Attempt: >= 4, NextTime: not null, Reason: Reasons.HostUnreachable } }, "four calls without an answer");
        var status = cluster.Node()!.Status!;
        var (called, writes) = (calls.ToList(), cluster.Writes("n1").Count(write => write == "patch nodes/status"));

        hooks.Before = null;
        await cluster.UntilReadyAsync();

        Assert.Contains("wires cut", status.ObserveRetry!.Message);
        Assert.InRange(called.Count, status.ObserveRetry.Attempt, status.ObserveRetry.Attempt + 1);
        // 4, 8 and 16 s at least; times are told in whole seconds.
        Assert.All(called.Zip(called.Skip(1)).Zip([3, 7, 15]), pair => Assert.True(pair.First.Second - pair.First.First >= TimeSpan.FromSeconds(pair.Second), $"Asked again after {pair.First.Second - pair.First.First}."));
        Assert.InRange(writes, status.ObserveRetry.Attempt, status.ObserveRetry.Attempt + 3);
        Assert.Null(cluster.Node()!.Status!.ObserveRetry);
        Assert.Equal(1, cluster.Effects().Count(effect => effect == "Load/SwitchDisk"));
    }

    [Fact]
    public async Task A_node_that_waits_for_an_image_that_does_not_exist_is_looked_at_and_costs_no_write()
    {
        var hooks = new EngineHooks();
        await using var cluster = await Cluster.WithOperatorAsync(Samples.Provisioner(change: spec => spec.Timeouts.ObserveSeconds = 1), hooks);
        cluster.Apply(Samples.Node(change: spec => spec.ImageRef = new() { Name = "nowhere" }));
        await cluster.UntilReasonAsync("Stalled", Reasons.ImageNotFound);
        var (looks, writes) = (hooks.Looks, cluster.Writes("n1").Count(write => write == "patch nodes/status"));

        await cluster.UntilAsync(() => hooks.Looks >= looks + 5, "looked at five times more");
        Assert.Equal(writes, cluster.Writes("n1").Count(write => write == "patch nodes/status"));
        Assert.Null(cluster.Node()!.Status!.ObserveRetry);
    }

    [Fact]
    public async Task A_login_that_a_host_refuses_is_tried_as_often_as_told_though_its_secret_is_read_more_often()
    {
        var probes = 0;
        await using var cluster = await Cluster.WithOperatorAsync(Samples.Provisioner(), new()
        {
            Probe = _ =>
            {
                Interlocked.Increment(ref probes);
                return Task.FromResult(new EngineReport(Fact.Unknown(Reasons.CredentialsRefused, "Refused."), Fact.Not(Reasons.CredentialsRefused, "Refused."), "vmhost:22", null));
            },
        });
        await cluster.UntilAsync(() => cluster.Provisioner()?.Status?.Retry is { Attempt: >= 5 }, "the fifth refusal");
        var (status, tried) = (cluster.Provisioner()!.Status!, Volatile.Read(ref probes));

        Assert.Equal(Reasons.CredentialsRefused, Cluster.Condition(status.Conditions, "Stalled")!.Reason);
        Assert.InRange(tried, status.Retry!.Attempt, status.Retry.Attempt + 1);
        Assert.InRange(cluster.Writes("room").Count(write => write == "patch provisioners/status"), status.Retry.Attempt, status.Retry.Attempt + 1);
    }

    [Fact]
    public async Task A_missing_image_is_looked_for_ever_more_slowly_however_many_nodes_ask_for_it_and_is_found()
    {
        var hooks = new EngineHooks { Libraries = new() };
        await using var cluster = await Cluster.WithOperatorAsync(hooks: hooks);
        cluster.Apply(Samples.Image());
        await cluster.UntilAsync(() => cluster.Image()?.Status?.Retry is { Attempt: >= 1 }, "not found");
        for (var number = 1; number <= 20; number++)
            cluster.Apply(Samples.Node($"n{number}"));
        await cluster.UntilAsync(() => cluster.Image()?.Status?.Retry is { Attempt: >= 4 }, "not found four times");
        var retry = cluster.Image()!.Status!.Retry!;
        Assert.InRange(cluster.Writes("debian").Count(write => write == "patch images/status"), retry.Attempt, retry.Attempt + 1);
        Assert.Equal(ConditionStatus.True, Cluster.Condition(cluster.Image()!.Status!.Conditions, "Stalled")!.Status);

        hooks.Libraries!.Place("room", "debian");
        await cluster.UntilAsync(() => Cluster.Condition(cluster.Image()?.Status?.Conditions, "Ready")?.Status == ConditionStatus.True, "found");
        Assert.Null(cluster.Image()!.Status!.Retry);
    }
}

using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;
using Provisioning.Operator.Tests.Support;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Operator.Tests.Running;

/// <summary>An API server that refuses, answers late or loses answers.</summary>
public sealed class ApiFaultTests
{
    [Theory]
    [InlineData(409, "Conflict")]
    [InlineData(429, "TooManyRequests")]
    [InlineData(500, "InternalError")]
    public async Task A_write_that_is_refused_is_repeated_and_nothing_is_done_twice(int code, string reason)
    {
        await using var cluster = await Cluster.WithOperatorAsync(Samples.Provisioner(load: 10));
        var fault = cluster.Server.Inject(new Fault.Refuse(code, reason, code == 429 ? 1 : null) { Verb = "patch", Resource = "nodes/status", Times = 4 });
        cluster.Apply(Samples.Node());
        await cluster.UntilReadyAsync();

        Assert.Equal(4, fault.Hits);
        Assert.Equal(["Load/CreateDisk", "Load/SwitchDisk", "Load/Start"], cluster.Effects());
        Assert.Single(cluster.Node()!.Status!.History);
    }

    [Theory]
    [InlineData(true, "Loaded")]
    [InlineData(false, "BootTimedOut")]
    public async Task The_end_of_an_operation_is_told_once_though_the_write_of_it_is_refused(bool succeeds, string reason)
    {
        Cluster? cluster = null;
        var ended = 0;
        var hooks = new EngineHooks { Answer = (_, outcome) =>
        {
            if (outcome.Phase != OperationPhase.Succeeded)
                return outcome;
            if (Interlocked.Increment(ref ended) == 1)
                cluster!.Server.Inject(new Fault.Refuse(409, "Conflict") { Verb = "patch", Resource = "nodes/status", Times = 2 });
            return succeeds ? outcome : OperationOutcome.Failed("BootTimedOut", "No answer.", FailureKind.NeedsPerson);
        } };
        await using (cluster = await Cluster.WithOperatorAsync(hooks: hooks))
        {
            cluster.Apply(Samples.Node());
            await cluster.UntilAsync(() => cluster.Events(reason).Count > 0, "an event");
            await cluster.UntilNodeAsync(node => node.Status is { Operation: null, History.Count: 1 }, "the end recorded");
            Assert.True(ended > 1, "The end was written at once.");
        }

        Assert.False(Assert.Single(cluster.Events(reason)).ContainsKey("series"), "It was told more than once.");
    }

    [Fact]
    public async Task A_write_whose_answer_is_lost_does_not_begin_a_second_operation()
    {
        await using var cluster = await Cluster.WithOperatorAsync(Samples.Provisioner(load: 10));
        cluster.Server.Inject(new Fault.Drop(AfterEffect: true) { Verb = "patch", Resource = "nodes/status", Times = 3 });
        cluster.Apply(Samples.Node());
        await cluster.UntilReadyAsync();

        Assert.Single(cluster.Node()!.Status!.History);
        Assert.Equal(1, cluster.Node()!.Status!.OperationSequence);
    }

    [Fact]
    public async Task Somebody_who_writes_labels_all_the_time_does_not_disturb_a_load()
    {
        await using var cluster = await Cluster.WithOperatorAsync(Samples.Provisioner(load: 60));
        cluster.Apply(Samples.Node());
        for (var i = 0; i < 30; i++)
        {
            cluster.Server.Change(Cluster.NodeKind, Samples.Namespace, "n1", json => json["metadata"]!["labels"] = new System.Text.Json.Nodes.JsonObject { ["count"] = i.ToString() });
            await Task.Delay(TimeSpan.FromMilliseconds(30), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        await cluster.UntilReadyAsync();
        Assert.Single(cluster.Node()!.Status!.History);
        Assert.Equal(["Load/CreateDisk", "Load/SwitchDisk", "Load/Start"], cluster.Effects());
    }

    [Fact]
    public async Task A_call_that_breaks_off_before_the_first_step_was_recorded_is_repeated_as_the_first_step()
    {
        var steps = new List<string?>();
        var hooks = new EngineHooks { Before = (number, context) =>
        {
            steps.Add(context.Operation.Step);
            if (number <= 2)
                throw new InvalidOperationException("broken pipe");
        } };
        await using var cluster = await Cluster.WithOperatorAsync(hooks: hooks);
        cluster.Apply(Samples.Node());
        await cluster.UntilReadyAsync();

        Assert.Equal([null, null, null], steps.Take(3));
    }

    [Fact]
    public async Task Host_keys_of_a_failed_operation_are_kept()
    {
        var hooks = new EngineHooks { Answer = (context, outcome) => context.Operation.Kind == OperationKind.Load
            ? OperationOutcome.Failed("BootTimedOut", "No answer.", FailureKind.NeedsPerson) with { SshHostKeys = ["ssh-ed25519 AAAA"] }
            : outcome };
        await using var cluster = await Cluster.WithOperatorAsync(hooks: hooks);
        cluster.Apply(Samples.Node());
        await cluster.UntilReasonAsync("Stalled", "BootTimedOut");

        Assert.Equal(["ssh-ed25519 AAAA"], cluster.Node()!.Status!.SshHostKeys);
        await cluster.UntilAsync(() => cluster.Events("BootTimedOut").Count > 0, "an event");
        Assert.Single(cluster.Events("BootTimedOut"));
    }

    [Fact]
    public async Task Many_provisioners_that_hang_do_not_hold_up_an_image()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Apply(Samples.Image());
        for (var i = 0; i < 40; i++)
            cluster.Apply(Samples.Provisioner($"room{i}"));
        var hooks = new EngineHooks { Library = static (provisioner, cancel) => provisioner == "room7" ? Task.CompletedTask : Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancel) };
        await cluster.StartOperatorAsync(hooks);
        var start = cluster.Time.GetTimestamp();
        await cluster.UntilAsync(() => Cluster.Condition(cluster.Image()?.Status?.Conditions, "Ready")?.Status == Api.Meta.ConditionStatus.True, "the Image found");

        // One after the other they would take 39 minutes.
        Assert.True(cluster.Time.GetElapsedTime(start) < TimeSpan.FromMinutes(30), $"It took {cluster.Time.GetElapsedTime(start)}.");
        Assert.Equal("room7", Assert.Single(cluster.Image()!.Status!.Locations).Provisioner);
    }
}

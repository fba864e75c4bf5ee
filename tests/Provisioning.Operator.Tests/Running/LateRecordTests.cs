using System.Text.Json;
using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Operator.Tests.Support;

namespace Provisioning.Operator.Tests.Running;

/// <summary>
/// The record of an operation that a leader sent before it died arrives when the next one has looked who is at work: that one did not count it, and one operation more than the limit would run.
/// </summary>
public sealed class LateRecordTests
{
    private const string Late = "0123456789abcdef0123";

    [Fact]
    public async Task It_waits_for_a_place_and_is_carried_out_then()
    {
        var hooks = new EngineHooks();
        await using var cluster = await Cluster.WithOperatorAsync(Room(), hooks);
        await RecordLateAsync(cluster, hooks);

        await cluster.UntilReasonAsync("Ready", "Queued", "late");
        var waiting = cluster.Node("late")!.Status!;
        Assert.Equal((Late, 1), (waiting.Operation?.Id, waiting.Queue?.Position));
        Assert.Equal("Load debian waits in line: the Provisioner room runs as many operations as it may. An operator that is gone recorded it, and it has not begun.", cluster.Condition("Ready", "late")!.Message);

        await FinishAsync(cluster);
        Assert.Equal(1, hooks.MostAtOnce);
        Assert.Equal(["n1", "late"], hooks.Order);
        AssertCarriedOut(cluster);
    }

    [Fact]
    public async Task It_waits_under_the_next_operator_as_well()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Apply(Room());
        cluster.Apply(Samples.Image());
        var first = new EngineHooks();
        var running = await cluster.StartOperatorAsync(first);
        await RecordLateAsync(cluster, first);
        await cluster.UntilReasonAsync("Ready", "Queued", "late");
        await running.KillAsync();

        var hooks = new EngineHooks();
        await cluster.StartOperatorAsync(hooks);
        await FinishAsync(cluster);
        Assert.Equal(1, hooks.MostAtOnce);
        Assert.Equal(["n1", "late"], hooks.Order);
        AssertCarriedOut(cluster);
    }

    /// <summary>The leader that did not count it dies before it has seen it: then there is one more than the limit for the next one to find, and only those that have come to a step have certainly begun.</summary>
    [Fact]
    public async Task It_waits_also_where_it_is_found_beside_those_that_have_begun()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Apply(Room());
        cluster.Apply(Samples.Image());
        var running = await cluster.StartOperatorAsync();
        cluster.Apply(Samples.Node("n1"));
        await cluster.UntilNodeAsync(node => node.Status?.Operation?.Step == "CreateDisk", "a load");
        await running.KillAsync();
        cluster.Apply(Samples.Node("late"));
        Record(cluster);

        var hooks = new EngineHooks();
        await cluster.StartOperatorAsync(hooks);
        await cluster.UntilReasonAsync("Ready", "Queued", "late");
        await FinishAsync(cluster);
        Assert.Equal(1, hooks.MostAtOnce);
        Assert.Equal(["n1", "late"], hooks.Order);
        AssertCarriedOut(cluster);
    }

    [Fact]
    public async Task It_is_given_up_without_a_place_when_nobody_wants_it_any_more()
    {
        var hooks = new EngineHooks();
        await using var cluster = await Cluster.WithOperatorAsync(Room(), hooks);
        await RecordLateAsync(cluster, hooks);
        await cluster.UntilReasonAsync("Ready", "Queued", "late");

        cluster.Edit("late", spec => spec.ImageRef = null);
        await cluster.UntilReadyAsync("late");

        Assert.Equal(["Load Superseded"], cluster.Node("late")!.Status!.History.Select(record => $"{record.Kind} {record.Reason}"));
        Assert.Equal(["n1"], hooks.Order);
        await cluster.HurryAsync(cluster.UntilReadyAsync());
    }

    private static Provisioner Room() => Samples.Provisioner(load: 400, change: spec => spec.Limits.ConcurrentOperations = 1);

    /// <summary>While the operator looks at one Node it gives the only place to another; then the record for the first one arrives.</summary>
    private static async Task RecordLateAsync(Cluster cluster, EngineHooks hooks)
    {
        var looks = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        hooks.Look = (node, _) =>
        {
            if (node != "late")
                return Task.CompletedTask;
            looks.TrySetResult();
            return arrived.Task;
        };
        cluster.Apply(Samples.Node("late"));
        await looks.Task.WaitAsync(TestContext.Current.CancellationToken);
        cluster.Apply(Samples.Node("n1"));
        await cluster.UntilNodeAsync(node => node.Status?.Operation?.Step == "CreateDisk", "a load");
        Record(cluster);
        arrived.SetResult();
    }

    private static void Record(Cluster cluster)
    {
        var node = cluster.Node("late")!;
        var now = cluster.Time.GetUtcNow();
        node.Status = (node.Status ?? new()) with
        {
            Provisioner = "room",
            Machine = "late",
            OperationSequence = 1,
            Operation = new()
            {
                Id = Late,
                Kind = OperationKind.Load,
                Sequence = 1,
                Target = "debian",
                TargetRevision = "1",
                TargetDigest = Samples.Digest("debian"),
                Image = new() { FileName = "debian.qcow2" },
                StartedTime = now,
                LastProgressTime = now,
                DeadlineTime = now + TimeSpan.FromHours(1),
            },
        };
        cluster.Server.Put(Cluster.NodeKind, JsonSerializer.Serialize(node, ApiJsonContext.Default.Node));
    }

    private static async Task FinishAsync(Cluster cluster)
    {
        await cluster.HurryAsync(cluster.UntilReadyAsync());
        await cluster.HurryAsync(cluster.UntilReadyAsync("late"));
    }

    private static void AssertCarriedOut(Cluster cluster)
    {
        Assert.Equal([(Late, OperationPhase.Succeeded)], cluster.Node("late")!.Status!.History.Select(record => (record.Id, record.Phase)));
        Assert.Equal(["Load/CreateDisk", "Load/SwitchDisk", "Load/Start"], cluster.Effects("late"));
    }
}

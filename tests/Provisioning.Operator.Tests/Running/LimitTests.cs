using System.Globalization;
using Provisioning.Engines.Operations;
using Provisioning.Operator.Tests.Support;

namespace Provisioning.Operator.Tests.Running;

/// <summary>The limit of operations of a Provisioner, as machines and users see it.</summary>
public sealed class LimitTests
{
    [Fact]
    public async Task No_more_operations_run_than_the_limit_says_and_the_first_come_is_served_first()
    {
        var hooks = new EngineHooks();
        await using var cluster = await Cluster.WithOperatorAsync(Samples.Provisioner(load: 40, change: spec => spec.Limits.ConcurrentOperations = 2), hooks);
        for (var i = 0; i < 8; i++)
        {
            cluster.Apply(Samples.Node($"n{i}"));
            var name = $"n{i}";
            await cluster.UntilNodeAsync(node => node.Status?.Operation is not null || node.Status?.Queue is not null || node.Status?.LoadedImage is not null, "seen", name);
        }

        for (var i = 0; i < 8; i++)
            await cluster.UntilReadyAsync($"n{i}");

        Assert.Equal(2, hooks.MostAtOnce);

        // Two that get their places at the same instant may call their engine in either order.
        Assert.Equal(8, hooks.Order.Count);
        Assert.All(hooks.Order.Index(), turn => Assert.InRange(int.Parse(turn.Item[1..], CultureInfo.InvariantCulture), turn.Index - 1, turn.Index + 1));
    }

    [Fact]
    public async Task A_node_that_waits_in_line_shows_its_place()
    {
        await using var cluster = await Cluster.WithOperatorAsync(Samples.Provisioner(load: 600, change: spec => spec.Limits.ConcurrentOperations = 1));
        cluster.Apply(Samples.Node("n1"));
        await cluster.UntilNodeAsync(node => node.Status?.Operation is not null, "a load");
        cluster.Apply(Samples.Node("n2"));
        await cluster.UntilReasonAsync("Ready", "Queued", "n2");
        cluster.Apply(Samples.Node("n3"));
        await cluster.UntilReasonAsync("Ready", "Queued", "n3");

        Assert.Equal(1, cluster.Node("n2")!.Status!.Queue!.Position);
        Assert.Equal(2, cluster.Node("n3")!.Status!.Queue!.Position);
    }

    [Fact]
    public async Task A_restarted_operator_counts_the_operations_that_it_finds()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Apply(Samples.Provisioner(load: 400, change: spec => spec.Limits.ConcurrentOperations = 1));
        cluster.Apply(Samples.Image());
        var first = await cluster.StartOperatorAsync();
        cluster.Apply(Samples.Node("n1"));
        await cluster.UntilNodeAsync(node => node.Status?.Operation?.Step == "CreateDisk", "a load");
        await first.KillAsync();

        cluster.Apply(Samples.Node("n0"));
        var hooks = new EngineHooks();
        await cluster.StartOperatorAsync(hooks);
        await cluster.UntilReasonAsync("Ready", "Queued", "n0");
        await cluster.HurryAsync(cluster.UntilReadyAsync("n0"));
        await cluster.UntilReadyAsync("n1");

        Assert.Equal(1, hooks.MostAtOnce);
        Assert.Equal(["n1", "n0"], hooks.Order);
    }

    [Fact]
    public async Task A_node_that_leaves_the_line_for_another_provisioner_does_not_block_those_behind_it()
    {
        await using var cluster = await Cluster.WithOperatorAsync(Samples.Provisioner(load: 400, change: spec => spec.Limits.ConcurrentOperations = 1));
        cluster.Apply(Samples.Provisioner("other"));
        cluster.Apply(Samples.Node("n1"));
        await cluster.UntilNodeAsync(node => node.Status?.Operation is not null, "a load");
        cluster.Apply(Samples.Node("n2"));
        await cluster.UntilReasonAsync("Ready", "Queued", "n2");
        cluster.Apply(Samples.Node("n3"));
        await cluster.UntilReasonAsync("Ready", "Queued", "n3");

        cluster.Edit("n2", spec => spec.ProvisionerRef.Name = "other");

        await cluster.UntilReadyAsync("n2");
        await cluster.HurryAsync(cluster.UntilReadyAsync("n1"));
        await cluster.HurryAsync(cluster.UntilReadyAsync("n3"));
    }

    [Fact]
    public async Task A_load_that_fails_before_it_touches_the_machine_is_tried_until_the_cause_is_mended()
    {
        var hooks = new EngineHooks { Instead = _ => OperationOutcome.Failed("ImageFileMissing", "No such file.") with { MachineUntouched = true } };
        await using var cluster = await Cluster.WithOperatorAsync(Samples.Provisioner(change: spec => spec.Limits.Attempts = 2), hooks);
        cluster.Apply(Samples.Node());
        await cluster.UntilNodeAsync(node => node.Status?.Retry is { Attempt: >= 4 }, "twice as many attempts as the limit");

        hooks.Instead = null;
        await cluster.UntilReadyAsync();
        Assert.Equal(["Load/CreateDisk", "Load/SwitchDisk", "Load/Start"], cluster.Effects());
    }

    [Fact]
    public async Task A_load_that_fails_at_the_machine_is_tried_no_more_often_than_the_limit_says()
    {
        var hooks = new EngineHooks();
        hooks.Instead = context => OperationOutcome.Failed("CommandFailed", "It broke.") with { MachineUntouched = hooks.Operations.Count == 1 };
        await using var cluster = await Cluster.WithOperatorAsync(Samples.Provisioner(change: spec => spec.Limits.Attempts = 2), hooks);
        cluster.Apply(Samples.Node());
        await cluster.UntilReasonAsync("Stalled", "AttemptsExhausted");

        Assert.Equal((3, 2), (cluster.Node()!.Status!.Retry!.Attempt, cluster.Node()!.Status!.Retry!.DestructiveAttempts));
        Assert.Equal(3, hooks.Operations.Count);
    }

    /// <summary>The write of the failure is lost after the clean-up: the machine then knows only that its operation was given up.</summary>
    [Fact]
    public async Task An_operation_that_the_machine_says_was_given_up_counts_as_an_attempt()
    {
        var hooks = new EngineHooks { Instead = _ => OperationOutcome.Failed("Superseded", "The operation was abandoned. Begin a new operation.") };
        await using var cluster = await Cluster.WithOperatorAsync(Samples.Provisioner(change: spec => spec.Limits.Attempts = 2), hooks);
        cluster.Apply(Samples.Node());
        await cluster.UntilReasonAsync("Stalled", "AttemptsExhausted");

        Assert.Equal(2, cluster.Node()!.Status!.Retry!.DestructiveAttempts);
        Assert.Equal(2, hooks.Operations.Count);
    }
}

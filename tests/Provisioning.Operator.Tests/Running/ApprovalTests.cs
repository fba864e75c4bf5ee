using Provisioning.Api.Nodes;
using Provisioning.Operator.Tests.Support;

namespace Provisioning.Operator.Tests.Running;

/// <summary>changePolicy Approve with the running operator: what destroys something waits, costs nothing while it waits, and begins once it is approved.</summary>
public sealed class ApprovalTests
{
    [Fact]
    public async Task A_load_of_another_image_waits_for_its_approval_and_is_done_once()
    {
        var hooks = new EngineHooks();
        await using var cluster = await ReadyAsync(hooks);
        Assert.Single(cluster.Effects(), effect => effect == "Load/SwitchDisk");

        cluster.Edit("n1", spec => spec.ImageRef!.Name = "fedora");
        await cluster.UntilReasonAsync("Stalled", "PendingApproval");
        var plan = cluster.Node()!.Status!.PendingPlan!;
        Assert.Equal((OperationKind.Load, "fedora", Samples.Digest("fedora")), (plan.Kind, plan.Image, plan.Digest));
        Assert.Contains(plan.Id, cluster.Condition("Ready")!.Message, StringComparison.Ordinal);
        Assert.Equal("debian", cluster.Node()!.Status!.CurrentImage);

        cluster.Edit("n1", spec => spec.ApprovedPlan = "load-0123456789abcdef");
        await cluster.UntilNodeAsync(node => node.Status!.ObservedGeneration == node.Metadata.Generation, "seen with another approval");
        await cluster.UntilLooksAsync(hooks, 2);
        Assert.Equal(plan, cluster.Node()!.Status!.PendingPlan);
        Assert.Single(cluster.Effects(), effect => effect == "Load/SwitchDisk");

        cluster.Edit("n1", spec => spec.ApprovedPlan = plan.Id);
        await cluster.UntilReadyAsync();
        Assert.Equal(("fedora", plan.Id, null), (cluster.Node()!.Status!.CurrentImage, cluster.Node()!.Status!.HandledPlan, cluster.Node()!.Status!.PendingPlan));

        // The same once more: the approval that is still in the spec was for the load before.
        cluster.Edit("n1", spec => spec.ReloadToken = "again");
        await cluster.UntilReasonAsync("Stalled", "PendingApproval");
        Assert.NotEqual(plan.Id, cluster.Node()!.Status!.PendingPlan!.Id);
        Assert.Equal(2, cluster.Effects().Count(effect => effect == "Load/SwitchDisk"));
    }

    [Fact]
    public async Task A_node_that_waits_for_an_approval_is_looked_at_and_costs_no_writes()
    {
        var hooks = new EngineHooks();
        await using var cluster = await ReadyAsync(hooks);
        cluster.Edit("n1", spec => spec.ImageRef!.Name = "fedora");
        await cluster.UntilReasonAsync("Stalled", "PendingApproval");
        await cluster.UntilAsync(() => cluster.Events("PendingApproval").Count == 1, "an event for the approval");
        await cluster.UntilLookedAtAsync();
        await cluster.UntilLooksAsync(hooks, 2);
        var before = cluster.Writes().Count;

        await cluster.UntilLooksAsync(hooks, 12);

        Assert.Equal(before, cluster.Writes().Count);
    }

    [Fact]
    public async Task A_restarted_operator_waits_for_the_same_approval()
    {
        var hooks = new EngineHooks();
        await using var cluster = await Cluster.StartAsync();
        cluster.Apply(Samples.Provisioner(change: spec => spec.Timeouts.ObserveSeconds = 2));
        cluster.Apply(Samples.Image());
        cluster.Apply(Samples.Image("fedora"));
        var first = await cluster.StartOperatorAsync();
        cluster.Apply(Samples.Node(change: spec => spec.ChangePolicy = ChangePolicy.Approve));
        await cluster.UntilReadyAsync();
        cluster.Edit("n1", spec => spec.ImageRef!.Name = "fedora");
        await cluster.UntilReasonAsync("Stalled", "PendingApproval");
        var plan = cluster.Node()!.Status!.PendingPlan;
        await first.KillAsync();

        await cluster.StartOperatorAsync(hooks);
        await cluster.UntilLooksAsync(hooks, 2);
        Assert.Equal(plan, cluster.Node()!.Status!.PendingPlan);
        Assert.Single(cluster.Effects(), effect => effect == "Load/SwitchDisk");
    }

    [Fact]
    public async Task A_capture_waits_for_its_approval_and_says_so_itself()
    {
        await using var cluster = await ReadyAsync(new());
        cluster.Apply(Samples.Capture());
        await cluster.UntilAsync(() => Cluster.Condition(cluster.Capture()?.Status?.Conditions, "Ready")?.Reason == "PendingApproval", "the ImageCapture waits for an approval");
        Assert.DoesNotContain(cluster.Effects(), effect => effect.StartsWith("Capture/", StringComparison.Ordinal));

        var plan = cluster.Node()!.Status!.PendingPlan!;
        cluster.Edit("n1", spec => spec.ApprovedPlan = plan.Id);
        await cluster.UntilAsync(() => Cluster.Condition(cluster.Capture()?.Status?.Conditions, "Ready")?.Reason == "Captured", "captured");
        await cluster.UntilReadyAsync();
        Assert.Equal(plan.Id, cluster.Node()!.Status!.HandledPlan);
    }

    [Fact]
    public async Task A_deleted_node_is_not_unloaded_unasked_and_is_gone_once_that_is_approved()
    {
        await using var cluster = await ReadyAsync(new(), spec => spec.DeletionPolicy = DeletionPolicy.Unload);
        cluster.Delete(Cluster.NodeKind, "n1");
        await cluster.UntilReasonAsync("Stalled", "PendingApproval");
        Assert.DoesNotContain(cluster.Effects(), effect => effect.StartsWith("Unload/", StringComparison.Ordinal));

        cluster.Edit("n1", spec => spec.ApprovedPlan = cluster.Node()!.Status!.PendingPlan!.Id);
        await cluster.UntilGoneAsync(Cluster.NodeKind, "n1");
        Assert.Contains(cluster.Effects(), effect => effect.StartsWith("Unload/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_deleted_node_whose_unload_nobody_approves_is_let_go_and_its_machine_named()
    {
        await using var cluster = await ReadyAsync(new(), spec => spec.DeletionPolicy = DeletionPolicy.Unload);
        cluster.Delete(Cluster.NodeKind, "n1");
        await cluster.UntilReasonAsync("Stalled", "PendingApproval");

        cluster.Time.Jump(TimeSpan.FromMinutes(16));
        await cluster.UntilGoneAsync(Cluster.NodeKind, "n1");
        await cluster.UntilAsync(() => cluster.Events("LeftBehind").Count == 1, "an event for what was left");
        Assert.DoesNotContain(cluster.Effects(), effect => effect.StartsWith("Unload/", StringComparison.Ordinal));
    }

    /// <summary>A Node under Approve that was loaded for the first time, which destroys nothing.</summary>
    private static async Task<Cluster> ReadyAsync(EngineHooks hooks, Action<NodeSpec>? change = null)
    {
        var cluster = await Cluster.WithOperatorAsync(Samples.Provisioner(change: spec => spec.Timeouts.ObserveSeconds = 2), hooks);
        cluster.Apply(Samples.Image("fedora"));
        cluster.Apply(Samples.Node(change: spec =>
        {
            spec.ChangePolicy = ChangePolicy.Approve;
            change?.Invoke(spec);
        }));
        await cluster.UntilReadyAsync();
        return cluster;
    }
}

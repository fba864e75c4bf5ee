using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Operator.Telemetry;

namespace Provisioning.Observability.Tests.Metrics;

public sealed class FleetCountTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 27, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_node_counts_under_one_state_whatever_else_is_true()
    {
        var stalled = NewNode(new() { Operation = Load(), Queue = new() { SinceTime = Now }, Conditions = [Of("Stalled", ConditionStatus.True, "DiskFull"), Of("Ready", ConditionStatus.False, "DiskFull")] });
        Assert.Equal(["Stalled 1"], States(stalled));
        Assert.Equal(1, Count(stalled).Stalled[("Libvirt", "DiskFull")]);
    }

    [Theory]
    [InlineData(ConditionStatus.True, "Ready 1")]
    [InlineData(ConditionStatus.Unknown, "Unknown 1")]
    [InlineData(ConditionStatus.False, "Waiting 1")]
    public void Without_an_operation_the_condition_ready_decides(ConditionStatus ready, string state) =>
        Assert.Equal([state], States(NewNode(new() { Conditions = [Of("Ready", ready, "Whatever")] })));

    [Fact]
    public void Operations_lines_and_pauses_have_states_of_their_own()
    {
        var working = NewNode(new() { Operation = Load(), Conditions = [Of("Ready", ConditionStatus.False, "OperationRunning")] });
        var queued = NewNode(new() { Queue = new() { SinceTime = Now }, Conditions = [Of("Ready", ConditionStatus.False, "Queued")] });
        var paused = NewNode(new() { Conditions = [Of("Ready", ConditionStatus.Unknown, "Paused")] });
        paused.Spec.ManagementPolicy = ManagementPolicy.Paused;
        Assert.Equal(["New 1", "Paused 1", "Queued 1", "Working 1"], States(working, queued, paused, NewNode(null)));
    }

    [Fact]
    public void Waits_and_silences_are_the_longest_of_the_engine()
    {
        var count = Count(
            NewNode(new() { Queue = new() { SinceTime = Now.AddMinutes(-5) } }),
            NewNode(new() { Queue = new() { SinceTime = Now.AddMinutes(-50) } }),
            NewNode(new() { Operation = Load() with { LastProgressTime = Now.AddSeconds(-3) } }),
            NewNode(new() { Operation = Load() with { LastProgressTime = null, StartedTime = Now.AddSeconds(-30) } }));
        Assert.Equal((2, TimeSpan.FromMinutes(50)), count.Waiting["Libvirt"]);
        Assert.Equal(TimeSpan.FromSeconds(30), count.Silence["Libvirt"]);
        Assert.Equal(2, count.Running[("Libvirt", "Load")]);
    }

    [Fact]
    public void A_state_that_nobody_is_in_counts_zero_as_long_as_the_engine_is_in_use()
    {
        var count = Count();
        Assert.Equal(8, count.Nodes.Count);
        Assert.All(count.Nodes, pair => Assert.Equal(("Libvirt", 0), (pair.Key.Engine, pair.Value)));
    }

    [Fact]
    public void A_node_whose_provisioner_does_not_exist_counts_without_engine()
    {
        var node = NewNode(null);
        node.Spec.ProvisionerRef.Name = "gone";
        Assert.Equal(1, Count(node).Nodes[("None", "New")]);
    }

    [Fact]
    public void Provisioners_are_ready_waiting_or_stalled()
    {
        var count = FleetCount.Of([], [NewProvisioner("a", Of("Ready", ConditionStatus.True, "x")), NewProvisioner("b", Of("Ready", ConditionStatus.False, "x")), NewProvisioner("c", Of("Stalled", ConditionStatus.True, "x"))], new Dictionary<string, int>(), Now);
        Assert.All(["Ready", "Waiting", "Stalled"], state => Assert.Equal(1, count.Provisioners[("Libvirt", state)]));
    }

    private static FleetCount Count(params Node[] nodes) => FleetCount.Of(nodes, [NewProvisioner("host")], new Dictionary<string, int>(), Now);

    private static IEnumerable<string> States(params Node[] nodes) =>
        Count(nodes).Nodes.Where(pair => pair.Value > 0).Select(pair => $"{pair.Key.State} {pair.Value}").Order(StringComparer.Ordinal);

    private static OperationStatus Load() => new() { Id = "op", Kind = OperationKind.Load, StartedTime = Now };

    private static Node NewNode(NodeStatus? status) => new()
    {
        Metadata = new() { Name = "n", Namespace = "lab" },
        Spec = new() { ProvisionerRef = new() { Name = "host" } },
        Status = status,
    };

    private static Provisioner NewProvisioner(string name, params Condition[] conditions) => new()
    {
        Metadata = new() { Name = name, Namespace = "lab" },
        Spec = new() { Type = ProvisionerType.Libvirt },
        Status = new() { Conditions = conditions },
    };

    private static Condition Of(string type, ConditionStatus status, string reason) => new() { Type = type, Status = status, Reason = reason };
}

using Provisioning.Api.Machines;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Operator.Telemetry;

namespace Provisioning.Observability.Tests.Logs;

public sealed class NodeChangesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 27, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_same_status_again_is_no_change()
    {
        var status = new NodeStatus { Operation = Load("1"), Queue = null, Retry = Failed(1), History = [Ended("0")], Conditions = Stalled("DiskFull") };
        Assert.Empty(NodeChanges.Between(status, status with { }));
    }

    [Fact]
    public void A_recorded_operation_begins_once()
    {
        var status = new NodeStatus { Operation = Load("1") };
        Assert.Equal("1", Assert.IsType<NodeChange.Began>(Assert.Single(NodeChanges.Between(null, status))).Operation.Id);
        Assert.Empty(NodeChanges.Between(status, status with { Operation = Load("1") with { ProgressPercent = 50 } }));
    }

    [Fact]
    public void Each_new_step_is_told()
    {
        var before = new NodeStatus { Operation = Load("1") with { Step = "CreateDisk" } };
        Assert.Equal(["Stepped"], Words(before, before with { Operation = Load("1") with { Step = "Boot" } }));
        Assert.Empty(Words(before, before with { }));
    }

    [Fact]
    public void An_end_and_the_next_beginning_in_one_write_are_both_told_in_their_order()
    {
        var before = new NodeStatus { Operation = Load("1"), History = [Ended("0")] };
        var after = new NodeStatus { Operation = Load("2"), History = [Ended("1"), Ended("0")] };
        Assert.Equal(["Ended", "Began"], Words(before, after));
        Assert.Same(before.Operation, NodeChanges.Between(before, after).OfType<NodeChange.Ended>().Single().Last);
    }

    [Fact]
    public void Two_ends_are_told_oldest_first()
    {
        var changes = NodeChanges.Between(new() { History = [Ended("0")] }, new() { History = [Ended("2"), Ended("1"), Ended("0")] });
        Assert.Equal(["1", "2"], changes.Cast<NodeChange.Ended>().Select(ended => ended.Record.Id));
    }

    [Fact]
    public void A_history_that_a_new_operator_finds_is_not_told_again() =>
        Assert.Empty(Words(new() { History = [Ended("1")] }, new() { History = [Ended("1")], Power = PowerValue.On }));

    [Fact]
    public void A_further_failed_attempt_is_told_and_so_is_the_first_at_another_goal()
    {
        Assert.Equal(["Retries"], Words(new() { Retry = Failed(1) }, new() { Retry = Failed(2) }));
        Assert.Equal(["Retries"], Words(new() { Retry = Failed(3) }, new() { Retry = Failed(1) with { Goal = "other" } }));
        Assert.Empty(Words(new() { Retry = Failed(2) }, new() { Retry = Failed(2) with { NextTime = Now.AddDays(1) } }));
    }

    [Fact]
    public void A_place_in_the_line_is_told_when_it_is_taken_not_when_it_moves()
    {
        var queued = new NodeStatus { Queue = new() { Position = 4, SinceTime = Now } };
        Assert.Equal(["Queued"], Words(new(), queued));
        Assert.Empty(Words(queued, new() { Queue = new() { Position = 2, SinceTime = Now } }));
    }

    [Fact]
    public void A_stall_is_told_again_only_for_another_reason()
    {
        var stalled = new NodeStatus { Conditions = Stalled("DiskFull") };
        Assert.Equal(["Stalled"], Words(new(), stalled));
        Assert.Empty(Words(stalled, new() { Conditions = Stalled("DiskFull") }));
        Assert.Equal(["Stalled"], Words(stalled, new() { Conditions = Stalled("SecretInvalid") }));
    }

    [Theory]
    [InlineData("HostUnreachable", true)]
    [InlineData("Booting", false)]
    [InlineData("Paused", false)]
    [InlineData("ImageFetching", false)]
    public void A_machine_that_cannot_be_told_is_told_unless_that_passes_by_itself(string reason, bool isTold) =>
        Assert.Equal(isTold ? ["Unknown"] : [], Words(new(), new() { Conditions = [Of("Ready", ConditionStatus.Unknown, reason)] }));

    [Fact]
    public void Ready_is_told_when_it_comes_and_when_its_reason_changes()
    {
        var ready = new NodeStatus { Conditions = [Of("Ready", ConditionStatus.True, "AsDeclared")] };
        Assert.Equal(["Ready"], Words(new() { Conditions = Stalled("DiskFull") }, ready));
        Assert.Equal(["Ready"], Words(ready, new() { Conditions = [Of("Ready", ConditionStatus.True, "PoweredOff")] }));
        Assert.Empty(Words(ready, ready with { Power = PowerValue.On }));
    }

    private static IEnumerable<string> Words(NodeStatus before, NodeStatus after) => NodeChanges.Between(before, after).Select(change => change.GetType().Name);

    private static OperationStatus Load(string id) => new() { Id = id, Kind = OperationKind.Load, StartedTime = Now };

    private static OperationRecord Ended(string id) => new() { Id = id, Kind = OperationKind.Load, Phase = OperationPhase.Succeeded, StartedTime = Now, FinishedTime = Now.AddSeconds(9) };

    private static RetryStatus Failed(int attempt) => new() { Attempt = attempt, Goal = "Load", NextTime = Now.AddMinutes(attempt), Reason = "HostUnreachable" };

    private static List<Condition> Stalled(string reason) => [Of("Stalled", ConditionStatus.True, reason), Of("Ready", ConditionStatus.False, reason)];

    private static Condition Of(string type, ConditionStatus status, string reason) => new() { Type = type, Status = status, Reason = reason };
}

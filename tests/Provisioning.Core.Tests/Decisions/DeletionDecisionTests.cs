using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;

namespace Provisioning.Core.Tests.Decisions;

public sealed class DeletionDecisionTests
{
    [Theory]
    [InlineData(DeletionPolicy.Retain, "Release")]
    [InlineData(DeletionPolicy.PowerOff, "Begin PowerOff Deleting")]
    [InlineData(DeletionPolicy.Unload, "Begin Unload Deleting")]
    public void The_policy_says_what_becomes_of_the_machine(DeletionPolicy policy, string expected) => Assert.Equal(expected, Describe(Deleted(policy)));

    [Theory]
    [InlineData(ManagementPolicy.Observe)]
    [InlineData(ManagementPolicy.Paused)]
    public void A_Node_that_may_not_act_is_released_and_says_what_it_left(ManagementPolicy policy)
    {
        var situation = Deleted(DeletionPolicy.Unload);
        situation.Node.Spec.ManagementPolicy = policy;
        Assert.Contains($"managementPolicy is {policy}", LeftBehind(situation), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DeletionPolicy.Unload)]
    [InlineData(DeletionPolicy.PowerOff)]
    public void What_is_gone_already_needs_nothing(DeletionPolicy policy)
    {
        Assert.Null(LeftBehind(Deleted(policy) with { Observation = Situations.Missing }));
        if (policy == DeletionPolicy.PowerOff)
            Assert.Null(LeftBehind(Deleted(policy) with { Observation = Situations.Off }));
    }

    [Fact]
    public void Unload_is_done_once_although_the_machine_itself_stays()
    {
        var done = Situations.Done(OperationKind.Unload, Situations.Now.AddSeconds(-10));
        Assert.Null(LeftBehind(Situations.With(Deleted(DeletionPolicy.Unload), new() { History = [done] })));
        var before = Situations.Done(OperationKind.Unload, Situations.Now.AddHours(-1));
        Assert.Equal("Begin Unload Deleting", Describe(Situations.With(Deleted(DeletionPolicy.Unload), new() { History = [before] })));
    }

    [Fact]
    public void A_machine_that_cannot_be_seen_is_waited_for_and_then_left()
    {
        var situation = Deleted(DeletionPolicy.Unload) with { Observation = Situations.Unreachable };
        Assert.Equal("LookAgain HostUnreachable", Describe(situation));
        Assert.Contains("15 minutes", LeftBehind(situation with { Now = situation.Now + DeletionOutlook.Grace }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(OperationKind.Load, "Abandon Deleting")]
    [InlineData(OperationKind.Capture, "Abandon Deleting")]
    [InlineData(OperationKind.Unload, "Continue")]
    [InlineData(OperationKind.PowerOff, "Continue")]
    public void What_is_under_way_is_stopped_unless_deletion_needs_it(OperationKind kind, string expected) =>
        Assert.Equal(expected, Describe(Situations.With(Deleted(DeletionPolicy.Unload), new() { Operation = Situations.Operation(kind) })));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_captured_image_is_taken_over_before_its_Node_goes(bool provisioned)
    {
        var situation = Situations.With(Deleted(DeletionPolicy.Retain), new() { Operation = Situations.Operation(OperationKind.Capture, OperationPhase.Succeeded) }) with { Capture = Situations.Capture };
        if (!provisioned)
            situation = situation with { Provisioner = null };
        Assert.Equal("AwaitCapture", Describe(situation));
        Assert.Equal("Release", Describe(situation with { Now = situation.Now + DeletionOutlook.Grace }));
    }

    [Fact]
    public void A_missing_provisioner_lets_the_Node_go_at_once() =>
        Assert.Contains("its Provisioner does not exist", LeftBehind(Deleted(DeletionPolicy.PowerOff) with { Provisioner = null }), StringComparison.Ordinal);

    [Fact]
    public void A_failed_unload_is_tried_again_in_time_and_given_up_after_its_attempts()
    {
        var begin = Assert.IsType<NodeDecision.Begin>(NodeDecider.Decide(Deleted(DeletionPolicy.Unload)));
        var retry = new RetryStatus { Goal = begin.Goal, Attempt = 1, Reason = Reasons.CommandFailed, Message = "virsh said no.", NextTime = Situations.Now.AddSeconds(10) };
        Assert.Equal("WaitToRetry", Describe(Retried(retry)));
        Assert.Equal("Begin Unload Deleting", Describe(Retried(retry with { NextTime = Situations.Now })));
        Assert.Contains("virsh said no", LeftBehind(Retried(retry with { Attempt = 5, DestructiveAttempts = 5 })), StringComparison.Ordinal);
        Assert.Contains("virsh said no", LeftBehind(Retried(retry with { NeedsPerson = true })), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_finalizer_is_not_our_business()
    {
        var situation = Deleted(DeletionPolicy.Unload);
        situation.Node.Metadata.Finalizers = ["example.com/other"];
        Assert.Equal("Hold", Describe(situation));
    }

    [Fact]
    public void A_machine_whose_power_cannot_be_read_but_answers_is_switched_off() => Assert.Equal(
        "Begin PowerOff Deleting",
        Describe(Deleted(DeletionPolicy.PowerOff) with { Observation = Situations.Running with { Power = PowerReading.Unknown(Reasons.UnexpectedAnswer) } }));

    private static NodeSituation Retried(RetryStatus retry) => Situations.With(Deleted(DeletionPolicy.Unload), new() { Retry = retry });

    private static NodeSituation Deleted(DeletionPolicy policy) =>
        Situations.Of(Situations.Spec(spec => spec.DeletionPolicy = policy), deleted: Situations.Now.AddMinutes(-1));

    private static string Describe(NodeSituation situation) => DecisionExamplesTests.Describe(NodeDecider.Decide(situation));

    private static string? LeftBehind(NodeSituation situation) => Assert.IsType<NodeDecision.Release>(NodeDecider.Decide(situation)).LeftBehind;
}

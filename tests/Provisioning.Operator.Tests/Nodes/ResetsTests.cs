using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Operator.Nodes;
using static Provisioning.Operator.Tests.Support.Transitions;

namespace Provisioning.Operator.Tests.Nodes;

/// <summary>A token asks for one reset. Whatever becomes of it, the machine is not reset once more for the same token unless it certainly was not.</summary>
public sealed class ResetsTests
{
    private static readonly OperationFailure GivenUp = new(Reasons.NoProgress, "It made no progress.", NeedsPerson: false, MachineUntouched: false) { IsGivenUp = true };

    [Fact]
    public void A_reset_that_is_given_up_when_it_may_have_been_sent_is_of_unknown_outcome_and_has_used_its_token_up()
    {
        var status = Fail("Reset", GivenUp);

        Assert.Equal("t1", status.HandledPowerResetToken);
        Assert.Equal((Reasons.OutcomeUnknown, true), (status.Retry!.Reason, status.Retry.NeedsPerson));
        Assert.Equal("It was given up (NoProgress) when it may have been sent. It made no progress.", status.Retry.Message);
        Assert.Equal(Reasons.OutcomeUnknown, status.History[0].Reason);
    }

    [Fact]
    public void So_does_one_whose_end_the_provisioner_cannot_tell() =>
        Assert.Equal("t1", Fail("Reset", new(Reasons.OutcomeUnknown, "It vanished.", NeedsPerson: true, MachineUntouched: false)).HandledPowerResetToken);

    [Fact]
    public void A_machine_that_was_reset_and_does_not_boot_is_not_reset_again()
    {
        var status = Fail("WaitForBoot", new(Reasons.BootTimedOut, "It does not answer.", NeedsPerson: false, MachineUntouched: false));

        Assert.Equal("t1", status.HandledPowerResetToken);
        Assert.Null(status.Retry);
        Assert.Equal(Reasons.BootTimedOut, status.History[0].Reason);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Look")]
    public void What_was_given_up_before_anything_could_be_sent_is_tried_again(string? step)
    {
        var status = Fail(step, GivenUp);

        Assert.Null(status.HandledPowerResetToken);
        Assert.Equal(Reasons.NoProgress, status.Retry!.Reason);
    }

    [Fact]
    public void So_is_what_certainly_left_the_machine_as_it_was() => Assert.Null(Fail("Reset", GivenUp with { MachineUntouched = true }).HandledPowerResetToken);

    [Fact]
    public void A_refusal_is_no_doubt() => Assert.Null(Fail("Reset", new(Reasons.CommandFailed, "rpower refused.", NeedsPerson: false, MachineUntouched: false)).HandledPowerResetToken);

    private static NodeStatus Fail(string? step, OperationFailure failure)
    {
        var status = Begin(OperationKind.PowerReset, change: spec => spec.PowerResetToken = "t1");
        status = status with { Operation = status.Operation! with { Step = step } };
        return OperationTransitions.Fail(status, Resets.Judge(status.Operation, failure), Now, 0);
    }
}

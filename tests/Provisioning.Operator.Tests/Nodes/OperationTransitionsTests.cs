using Provisioning.Api;
using Provisioning.Api.Images;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;
using Provisioning.Engines.Operations;
using Provisioning.Operator.Nodes;
using Provisioning.Operator.Tests.Support;
using static Provisioning.Operator.Tests.Support.Transitions;

namespace Provisioning.Operator.Tests.Nodes;

public sealed class OperationTransitionsTests
{
    public static TheoryData<OperationKind> Kinds => [.. Enum.GetValues<OperationKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_operation_begins_with_an_intent_that_can_be_resumed(OperationKind kind)
    {
        var status = Begin(kind);

        var operation = status.Operation!;
        Assert.Equal(("op-9", kind, 1L, OperationPhase.Running, 1), (operation.Id, operation.Kind, operation.Sequence, operation.Phase, operation.Attempt));
        Assert.Equal(1, status.OperationSequence);
        Assert.Equal("room", status.Provisioner);
        Assert.Equal(Now, operation.StartedTime);
        Assert.True(operation.DeadlineTime > Now);
        Assert.Null(operation.Step);
        Assert.Equal(kind is OperationKind.Load or OperationKind.PostLoad ? Samples.Digest("debian") : null, operation.TargetDigest);
    }

    [Fact]
    public void The_clocks_of_an_operation_that_has_waited_in_line_go_on_where_they_stood()
    {
        var begun = Begin(OperationKind.Load);
        var waiting = begun with { Queue = new() { Position = 2, SinceTime = Now.AddMinutes(1) } };

        var status = OperationTransitions.LeaveLine(waiting, Now.AddMinutes(41));

        Assert.Null(status.Queue);
        Assert.Equal(Now.AddMinutes(41), status.Operation!.LastProgressTime);
        Assert.Equal(begun.Operation!.DeadlineTime + TimeSpan.FromMinutes(40), status.Operation.DeadlineTime);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_operation_but_a_capture_goes_to_the_history_when_it_has_succeeded(OperationKind kind)
    {
        var status = OperationTransitions.Succeed(Begin(kind, new() { LoadedImage = Loaded }), OperationOutcome.Succeeded("Done."), Now.AddMinutes(1));

        if (kind == OperationKind.Capture)
        {
            Assert.Equal(OperationPhase.Succeeded, status.Operation!.Phase);
            status = OperationTransitions.Settle(status, Now.AddMinutes(2));
        }

        Assert.Null(status.Operation);
        Assert.Null(status.Retry);
        var record = Assert.Single(status.History);
        Assert.Equal((kind, OperationPhase.Succeeded, "Done."), (record.Kind, record.Phase, record.Message));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_operation_but_a_capture_counts_its_failed_attempts(OperationKind kind)
    {
        var status = OperationTransitions.Fail(Begin(kind), Failure, Now.AddMinutes(1), 0);

        if (kind == OperationKind.Capture)
        {
            Assert.Equal((OperationPhase.Failed, "CommandFailed", "It broke."), (status.Operation!.Phase, status.Operation.Reason, status.Operation.Message));
            Assert.Null(OperationTransitions.Settle(status, Now.AddMinutes(2)).Retry);
            return;
        }

        Assert.Null(status.Operation);
        Assert.Equal((1, Now.AddMinutes(1).AddSeconds(5), "CommandFailed"), (status.Retry!.Attempt, status.Retry.NextTime, status.Retry.Reason));
        Assert.Equal(2, Begin(kind, status).Operation!.Attempt);
        Assert.Equal(1, Begin(kind, status, goal: "another").Operation!.Attempt);
    }

    [Fact]
    public void A_failure_that_left_the_machine_untouched_is_no_destructive_attempt()
    {
        var retry = OperationTransitions.NextAttempt(null, Failure with { MachineUntouched = true }, Now, 0);
        Assert.Equal((1, 0), (retry.Attempt, retry.DestructiveAttempts));
        retry = OperationTransitions.NextAttempt(retry, Failure, Now, 0);
        Assert.Equal((2, 1, Now.AddSeconds(10)), (retry.Attempt, retry.DestructiveAttempts, retry.NextTime));
    }

    [Fact]
    public void A_superseded_operation_counts_no_attempt() =>
        Assert.Null(OperationTransitions.Fail(Begin(OperationKind.Load), Failure with { Reason = Reasons.Superseded, IsUnwanted = true }, Now, 0).Retry);

    [Fact]
    public void A_failure_that_needs_a_person_waits_longest() =>
        Assert.Equal(Now + Backoff.Longest, OperationTransitions.Fail(Begin(OperationKind.Load), Failure with { NeedsPerson = true }, Now, 0).Retry!.NextTime);

    [Fact]
    public void A_load_is_recorded_with_its_operation()
    {
        var loaded = OperationTransitions.Succeed(Begin(OperationKind.Load), OperationOutcome.Succeeded("Done."), Now).LoadedImage!;

        Assert.Equal(("debian", "1", Samples.Digest("debian"), "op-9", LoadState.Loaded), (loaded.Name, loaded.Revision, loaded.Digest, loaded.OperationId, loaded.State));
    }

    [Fact]
    public void A_load_that_failed_leaves_the_record_of_an_incomplete_one() =>
        Assert.Equal((LoadState.Loading, "op-9"), (Fail(OperationKind.Load).State, Fail(OperationKind.Load).OperationId));

    [Fact]
    public void A_load_that_failed_before_it_touched_the_machine_leaves_the_record_as_it_was() =>
        Assert.Equal(Loaded, Fail(OperationKind.Load, untouched: true));

    [Fact]
    public void An_unload_that_failed_half_way_leaves_the_record_of_an_incomplete_machine() =>
        Assert.Equal(LoadState.Loading, Fail(OperationKind.Unload).State);

    [Fact]
    public void An_unloaded_machine_has_no_image()
    {
        var status = OperationTransitions.Succeed(Begin(OperationKind.Unload, new() { LoadedImage = Loaded, CurrentImage = "debian" }), OperationOutcome.Succeeded("Done."), Now);
        Assert.Null(status.LoadedImage);
        Assert.Null(status.CurrentImage);
    }

    [Theory]
    [InlineData(OperationKind.Load, PowerValue.On)]
    [InlineData(OperationKind.PowerOn, PowerValue.On)]
    [InlineData(OperationKind.PowerReset, PowerValue.On)]
    [InlineData(OperationKind.PowerOff, PowerValue.Off)]
    [InlineData(OperationKind.Capture, PowerValue.Off)]
    [InlineData(OperationKind.PostLoad, PowerValue.Unknown)]
    public void The_power_state_is_what_the_operation_left(OperationKind kind, PowerValue expected)
    {
        var status = Begin(kind, new() { Power = PowerValue.Unknown });
        Assert.Equal(PowerValue.Unknown, status.Power);
        Assert.Equal(PowerValue.Unknown, OperationTransitions.Fail(status, Failure, Now, 0).Power);
        Assert.Equal(expected, OperationTransitions.Succeed(status, OperationOutcome.Succeeded("Done."), Now).Power);
    }

    [Fact]
    public void A_reload_token_is_handled_by_the_load_that_began_with_it()
    {
        var status = Begin(OperationKind.Load, change: spec => spec.ReloadToken = "t1");
        Assert.Null(status.HandledReloadToken);
        Assert.Equal("t1", OperationTransitions.Succeed(status, OperationOutcome.Succeeded("Done."), Now).HandledReloadToken);
        Assert.Null(OperationTransitions.Fail(status, Failure, Now, 0).HandledReloadToken);
    }

    [Fact]
    public void A_reset_token_is_handled_by_the_reset_alone()
    {
        var status = Begin(OperationKind.PowerReset, change: spec => spec.PowerResetToken = "t1");
        Assert.Equal("t1", OperationTransitions.Succeed(status, OperationOutcome.Succeeded("Done."), Now).HandledPowerResetToken);
        Assert.Null(OperationTransitions.Succeed(Begin(OperationKind.PowerOn, change: spec => spec.PowerResetToken = "t1"), OperationOutcome.Succeeded("Done."), Now).HandledPowerResetToken);
    }

    [Fact]
    public void The_history_keeps_the_last_five()
    {
        var status = new NodeStatus();
        for (var i = 0; i < 9; i++)
            status = OperationTransitions.Succeed(Begin(OperationKind.PowerOn, status), OperationOutcome.Succeeded($"{i}"), Now);

        Assert.Equal(["8", "7", "6", "5", "4"], status.History.Select(record => record.Message));
        Assert.Equal(9, status.OperationSequence);
    }
}

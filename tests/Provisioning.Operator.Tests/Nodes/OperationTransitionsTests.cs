using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;
using Provisioning.Core.Verdict;
using Provisioning.Engines.Operations;
using Provisioning.Operator.Nodes;
using Provisioning.Operator.Tests.Support;

namespace Provisioning.Operator.Tests.Nodes;

public sealed class OperationTransitionsTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 6, 7, 8, 9, TimeSpan.Zero);

    private static readonly LoadedImage Loaded = new() { Name = "debian", Revision = "1", Digest = Samples.Digest("debian"), OperationId = "op-1", State = LoadState.Loaded, LoadedTime = Now, VerifiedTime = Now };

    private static readonly CaptureRequest Capture = new("take", "capture-uid", "golden", "7", PreparesOperatingSystem: true, IsFinished: false) { RestoresPower = true };

    private static readonly OperationFailure Failure = new("CommandFailed", "It broke.", NeedsPerson: false, MachineUntouched: false);

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
        Assert.Null(OperationTransitions.Fail(Begin(OperationKind.Load), Failure with { Reason = Reasons.Superseded }, Now, 0).Retry);

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
    [InlineData(ImageFormat.Qcow2, PowerValue.Off)]
    [InlineData(ImageFormat.Configuration, PowerValue.Unknown)]
    public void A_machine_is_off_after_its_capture_and_a_service_goes_on(ImageFormat format, PowerValue power)
    {
        var outcome = OperationOutcome.Succeeded("Done.") with { CapturedImage = new() { Format = format } };
        Assert.Equal(power, OperationTransitions.Succeed(Begin(OperationKind.Capture, new() { Power = PowerValue.Unknown }), outcome, Now).Power);
    }

    [Fact]
    public void A_capture_marks_the_record_before_it_prepares_the_machine_and_post_load_takes_the_mark_off()
    {
        var status = Begin(OperationKind.Capture, new() { LoadedImage = Loaded });
        Assert.Equal("golden@7", status.LoadedImage!.PreparedForCapture);

        var after = OperationTransitions.Succeed(Begin(OperationKind.PostLoad, new() { LoadedImage = status.LoadedImage }), OperationOutcome.Succeeded("Done."), Now);
        Assert.Null(after.LoadedImage!.PreparedForCapture);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("earlier@1")]
    public void A_capture_that_did_not_touch_the_machine_restores_the_mark_that_was_there(string? mark)
    {
        var before = Loaded with { PreparedForCapture = mark };
        var status = OperationTransitions.Fail(Begin(OperationKind.Capture, new() { LoadedImage = before }), Failure with { MachineUntouched = true }, Now, 0);
        Assert.Equal(before, status.LoadedImage);

        var superseded = OperationTransitions.Fail(Begin(OperationKind.Capture, new() { LoadedImage = before }), Failure with { Reason = Reasons.Superseded, MachineUntouched = true }, Now, 0);
        Assert.Equal(before, superseded.LoadedImage);
    }

    [Fact]
    public void A_capture_that_touched_the_machine_keeps_the_mark() =>
        Assert.Equal("golden@7", Fail(OperationKind.Capture).PreparedForCapture);

    [Fact]
    public void Power_is_due_after_a_capture_of_a_machine_that_was_on_until_it_is_on()
    {
        var status = Begin(OperationKind.Capture, new() { LoadedImage = Loaded });
        Assert.True(status.PowerOnDue);
        status = OperationTransitions.Settle(OperationTransitions.Succeed(status, OperationOutcome.Succeeded("Done."), Now), Now);
        status = Begin(OperationKind.PowerOn, status);
        Assert.True(status.PowerOnDue);
        Assert.True(OperationTransitions.Fail(status, Failure, Now, 0).PowerOnDue);
        Assert.False(OperationTransitions.Succeed(status, OperationOutcome.Succeeded("On."), Now).PowerOnDue);
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
    public void A_second_capture_does_not_forget_that_power_is_due() =>
        Assert.True(Begin(OperationKind.Capture, new() { LoadedImage = Loaded, PowerOnDue = true }, power: PowerReading.Off).PowerOnDue);

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
    public void A_step_inside_the_machine_that_reports_for_the_first_time_counts_as_progress()
    {
        StepReport Report(string name) => new() { Name = name, Result = StepResult.Changed };
        var status = OperationTransitions.Advance(Begin(OperationKind.PostLoad), OperationOutcome.Running("A", "Hook one.") with { Steps = [Report("hook-one")] }, Now.AddSeconds(10));
        status = OperationTransitions.Advance(status, OperationOutcome.Running("A", "Hook two.") with { Steps = [Report("hook-one")] }, Now.AddSeconds(20));
        Assert.Equal(Now.AddSeconds(10), status.Operation!.LastProgressTime);
        status = OperationTransitions.Advance(status, OperationOutcome.Running("A", "Hook three.") with { Steps = [Report("hook-one"), Report("hook-two")] }, Now.AddSeconds(30));
        Assert.Equal(Now.AddSeconds(30), status.Operation!.LastProgressTime);
    }

    [Fact]
    public void Only_a_new_step_or_what_moved_counts_as_progress()
    {
        var status = Begin(OperationKind.Load);
        status = OperationTransitions.Advance(status, OperationOutcome.Running("A", "Doing A."), Now.AddSeconds(10));
        status = OperationTransitions.Advance(status, OperationOutcome.Running("A", "Doing A."), Now.AddSeconds(20));
        Assert.Equal((Now.AddSeconds(10), Now.AddSeconds(10)), (status.Operation!.LastProgressTime, status.Operation.StepStartedTime));
        status = OperationTransitions.Advance(status, OperationOutcome.Running("A", "Doing A.") with { MadeProgress = true }, Now.AddSeconds(30));
        Assert.Equal((Now.AddSeconds(30), Now.AddSeconds(10)), (status.Operation!.LastProgressTime, status.Operation.StepStartedTime));
    }

    [Fact]
    public void A_repeated_step_that_finds_its_own_work_done_did_change_the_machine()
    {
        var status = OperationTransitions.Absorb(Begin(OperationKind.PostLoad), Report(StepResult.Changed));
        Assert.Equal(StepResult.Changed, Assert.Single(OperationTransitions.Absorb(status, Report(StepResult.Unchanged)).Operation!.Steps).Result);
        Assert.Equal(StepResult.Failed, Assert.Single(OperationTransitions.Absorb(status, Report(StepResult.Failed)).Operation!.Steps).Result);
    }

    [Fact]
    public void Values_are_merged_by_name()
    {
        var status = OperationTransitions.Absorb(Begin(OperationKind.Load, change: spec => spec.ReloadToken = "t1"), Values(("boot", "1")));
        status = OperationTransitions.Absorb(status, Values(("boot", "2"), ("pid", "7")));
        Assert.Equal(["reloadToken=t1", "boot=2", "pid=7"], status.Operation!.Values.Select(value => $"{value.Name}={value.Value}"));
    }

    [Fact]
    public void Progress_alone_can_be_written_later_and_everything_else_cannot()
    {
        var stored = OperationTransitions.Advance(Begin(OperationKind.Load), OperationOutcome.Running("A", "Doing A."), Now);
        Assert.False(OperationTransitions.MustBeWritten(stored, OperationTransitions.Advance(stored, OperationOutcome.Running("A", "Still doing A.") with { ProgressPercent = 7, MadeProgress = true }, Now)));
        Assert.True(OperationTransitions.MustBeWritten(stored, OperationTransitions.Advance(stored, OperationOutcome.Running("B", "Doing B."), Now)));
        Assert.True(OperationTransitions.MustBeWritten(stored, OperationTransitions.Absorb(stored, Values(("boot", "1")))));
        Assert.True(OperationTransitions.MustBeWritten(stored, OperationTransitions.Absorb(stored, Report(StepResult.Changed))));
        Assert.True(OperationTransitions.MustBeWritten(stored, OperationTransitions.Absorb(stored, OperationOutcome.Running("A", "") with { SshHostKeys = ["ssh-ed25519 AAAA"] })));
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

    [Fact]
    public void Texts_never_grow_longer_than_the_schema_allows()
    {
        var endless = string.Concat(Enumerable.Repeat("😀", 3000));
        var status = Begin(OperationKind.Load, message: endless);
        Assert.True(status.Operation!.Message!.Length <= 1024);
        status = OperationTransitions.Absorb(status, OperationOutcome.Running("A", endless) with
        {
            Steps = [new StepReport { Name = "s", Result = StepResult.Failed, Message = endless }],
            SshHostKeys = [.. Enumerable.Range(0, 20).Select(i => $"ssh-ed25519 {i}")],
        });
        Assert.True(status.Operation!.Steps[0].Message!.Length <= 512);
        Assert.Equal(8, status.SshHostKeys.Count);
        Assert.True(OperationTransitions.Advance(status, OperationOutcome.Running("A", endless), Now).Operation!.Message!.Length <= 1024);
        var failed = OperationTransitions.Fail(status, Failure with { Message = endless }, Now, 0);
        Assert.True(failed.Retry!.Message.Length <= 1024);
        Assert.True(failed.History[0].Message!.Length <= 1024);
        Assert.False(char.IsHighSurrogate(failed.History[0].Message![^2]));
    }

    [Fact]
    public void Steps_that_failed_without_being_fatal_are_named_in_the_history()
    {
        var status = OperationTransitions.Absorb(Begin(OperationKind.PostLoad), OperationOutcome.Running("A", "") with { Steps = [new StepReport { Name = "hooks", Result = StepResult.Failed, Message = "exit 1" }] });
        Assert.Equal("Done. Steps that failed: hooks: exit 1", OperationTransitions.Succeed(status, OperationOutcome.Succeeded("Done."), Now).History[0].Message);
    }

    [Fact]
    public void What_hooks_printed_is_kept_for_the_last_operation_that_ran_some()
    {
        static OperationOutcome Ran(string output) =>
            OperationOutcome.Running("A", "") with { Steps = [new StepReport { Name = "hook-a", Result = StepResult.Changed, ExitCode = 3, Output = output }, new StepReport { Name = "hooks", Result = StepResult.Changed, ExitCode = 0 }] };
        var first = OperationTransitions.Succeed(OperationTransitions.Absorb(Begin(OperationKind.PostLoad), Ran("one")), OperationOutcome.Succeeded("Done."), Now);
        Assert.Equal([("hook-a", 3, "one")], first.History[0].Hooks!.Select(hook => (hook.Name, hook.ExitCode ?? -1, hook.Output)));

        var other = OperationTransitions.Succeed(first with { Operation = Begin(OperationKind.PowerOn).Operation }, OperationOutcome.Succeeded("Done."), Now);
        Assert.Equal([false, true], other.History.Select(record => record.Hooks is not null));

        var next = OperationTransitions.Succeed(OperationTransitions.Absorb(other with { Operation = Begin(OperationKind.PostLoad).Operation }, Ran(new string('x', 5000))), OperationOutcome.Succeeded("Done."), Now);
        Assert.Equal([true, false, false], next.History.Select(record => record.Hooks is not null));
        Assert.Equal(1024, next.History[0].Hooks![0].Output!.Length);
    }

    private static OperationOutcome Report(StepResult result) => OperationOutcome.Running("A", "") with { Steps = [new StepReport { Name = "machine-id", Result = result }] };

    private static OperationOutcome Values(params (string Name, string Value)[] values) => OperationOutcome.Running("A", "") with { Values = values.ToDictionary(value => value.Name, value => value.Value) };

    private static LoadedImage Fail(OperationKind kind, bool untouched = false) =>
        OperationTransitions.Fail(Begin(kind, new() { LoadedImage = Loaded }), Failure with { MachineUntouched = untouched }, Now, 0).LoadedImage!;

    private static NodeStatus Begin(OperationKind kind, NodeStatus? status = null, string goal = "goal", string message = "Beginning.", Action<NodeSpec>? change = null, PowerReading? power = null)
    {
        var node = Samples.Node(change: change);
        node.Status = status ?? new();
        var situation = new NodeSituation
        {
            Node = node,
            Now = Now.AddMilliseconds(300),
            Provisioner = Samples.Provisioner().Spec,
            DesiredImage = new DesiredImage("debian", "1", Samples.Digest("debian")),
            Observation = new Observation { Time = Now, Power = power ?? PowerReading.On },
        };
        var capture = kind == OperationKind.Capture ? Capture : null;
        return OperationTransitions.Begin(situation, new NodeDecision.Begin(kind, "Reason", message, goal) { Capture = capture }, "op-9");
    }
}

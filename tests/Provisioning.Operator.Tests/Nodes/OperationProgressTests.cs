using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;
using Provisioning.Operator.Nodes;
using static Provisioning.Operator.Tests.Support.Transitions;

namespace Provisioning.Operator.Tests.Nodes;

public sealed class OperationProgressTests
{
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

    [Fact]
    public void A_step_that_says_now_this_now_that_does_not_keep_the_clock_from_running_out()
    {
        var status = OperationTransitions.Advance(Begin(OperationKind.PostLoad), OperationOutcome.Running("A", "") with { Steps = Report(StepResult.Unchanged).Steps }, Now.AddSeconds(10));
        status = OperationTransitions.Advance(status, OperationOutcome.Running("A", "") with { Steps = Report(StepResult.Failed).Steps }, Now.AddSeconds(20));
        Assert.Equal(Now.AddSeconds(10), status.Operation!.LastProgressTime);
    }

    private static OperationOutcome Report(StepResult result) => OperationOutcome.Running("A", "") with { Steps = [new StepReport { Name = "machine-id", Result = result }] };

    private static OperationOutcome Values(params (string Name, string Value)[] values) => OperationOutcome.Running("A", "") with { Values = values.ToDictionary(value => value.Name, value => value.Value) };
}

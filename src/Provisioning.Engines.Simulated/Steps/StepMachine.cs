using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Simulated.Machines;

namespace Provisioning.Engines.Simulated.Steps;

/// <summary>
/// Drives operations over the steps of their plans. What was begun and done is kept with the machine, so a call after a crash goes on where the machine
/// is, whatever step the caller remembers. Every method is called under the machine's lock.
/// </summary>
internal static class StepMachine
{
    private static readonly TimeSpan LongestPoll = TimeSpan.FromSeconds(10);

    /// <summary>One call of a verb: starts at most one step.</summary>
    public static OperationOutcome Call(MachineCell cell, Plan plan, OperationContext context, SimulatedSpec spec, DateTimeOffset now)
    {
        cell.See(context.Node, now);
        if (cell.IsFenced(context.Node, context.Operation))
            return Fenced(context);
        Settle(cell, now);

        var run = cell.Run;
        if (run?.OperationId != context.Operation.Id || (run.End is null && run.Plan != plan))
        {
            Discard(cell);
            cell.Run = run = SimulatedRun.Begin(plan, context, spec, cell, now);
        }

        run.Context = context;
        return run.End ?? Go(cell, run, now);
    }

    /// <summary>Lets the started step take effect if its time has come: work runs on while nobody looks.</summary>
    public static void Settle(MachineCell cell, DateTimeOffset now)
    {
        if (cell.Run is { End: null, Started: true } run && run.Due <= now)
            Complete(cell, run, run.Due);
    }

    /// <summary>Ends an operation for good: a late call for it is refused.</summary>
    public static OperationOutcome Abandon(MachineCell cell, OperationContext context, SimulatedSpec spec, DateTimeOffset now)
    {
        cell.See(context.Node, now);
        if (cell.IsFenced(context.Node, context.Operation))
            return Fenced(context);
        Settle(cell, now);
        if (cell.Run is { End: not null } ended && ended.OperationId == context.Operation.Id)
            return OperationOutcome.Succeeded("Nothing is left to abandon.");

        Discard(cell);
        var run = SimulatedRun.Begin(PowerPlans.None, context, spec, cell, now);
        run.End = OperationOutcome.Failed(Reasons.Superseded, $"Operation {run.OperationId} on machine {run.Node} was abandoned. Begin a new operation.");
        cell.Run = run;
        return OperationOutcome.Succeeded("The operation is abandoned.");
    }

    private static OperationOutcome Go(MachineCell cell, SimulatedRun run, DateTimeOffset now)
    {
        if (run.Started)
            return HasGivenUpAsking(run, now) ? NextAfterDeafSystem(cell, run, now) : Report(run, now);

        var step = run.Step;
        if (MustBeRecorded(run) && run.Context.Operation.Step != step.Name)
            return Report(run, now);
        if (step.Check?.Invoke(cell, run) is { } failure)
            return Fail(cell, run, failure);
        run.IsStuck = run.IsStuck || cell.Fault(SimulatedFaultKind.Stuck, run.Spec, run.OperationId, step.Name, run.Index);
        if (step.InSystem && (run.IsStuck || !SystemSteps.Answers(cell, run, now)))
            return WaitForSystem(cell, run, now);
        if (IsLoginRefused(cell, run, step))
            return Fail(cell, run, Refused(run));

        run.Start(now, run.IsStuck ? DateTimeOffset.MaxValue : now + (step.Effect is null && step.InSystem ? TimeSpan.Zero : run.Duration(step)));
        step.Start?.Invoke(cell, run);
        Settle(cell, now);
        if (step.Effect is not null && cell.Fault(SimulatedFaultKind.LostReply, run.Spec, run.OperationId, step.Name, run.Plan.Steps.IndexOf(step)))
            throw new SimulatedConnectionException($"The answer to step {step.Name} of operation {run.OperationId} on machine {run.Node} was lost.");
        return run.End ?? Report(run, now);
    }

    private static void Complete(MachineCell cell, SimulatedRun run, DateTimeOffset time)
    {
        var step = run.Step;
        if (step.Check?.Invoke(cell, run) is { } failure)
        {
            Fail(cell, run, failure);
            return;
        }

        var end = step.Effect?.Invoke(cell, run, time) ?? StepEnd.Nothing;
        if (end.Changed)
            cell.Room.Log(new(time, cell.State.Namespace, cell.State.Name, run.OperationId, run.Plan.Kind, step.Name));
        if (end.Failure is null)
            run.Advance(cell, time);
        else
            Fail(cell, run, end.Failure);
    }

    private static OperationOutcome WaitForSystem(MachineCell cell, SimulatedRun run, DateTimeOffset now)
    {
        var deadline = run.StepSince + TimeSpan.FromSeconds(run.Context.Timeouts.BootSeconds);
        if (now >= deadline)
            return Fail(cell, run, SystemSteps.Unanswered(run));

        var bootsUntil = cell.State.BootedTime > now ? cell.State.BootedTime : deadline;
        run.Moved |= cell.State.BootedTime > run.LastLook;
        return Running(run, now, Min(bootsUntil, deadline) - now);
    }

    private static OperationOutcome Report(SimulatedRun run, DateTimeOffset now)
    {
        if (!run.Started)
            return Running(run, now, TimeSpan.Zero);
        run.Moved |= run.Due < DateTimeOffset.MaxValue && now > run.LastLook;
        var until = run.Step.AsksSystem ? Min(run.Due, run.StartTime + SoftTimeout(run)) : run.Due;
        return Running(run, now, until - now);
    }

    private static OperationOutcome Running(SimulatedRun run, DateTimeOffset now, TimeSpan remaining)
    {
        var records = MustBeRecorded(run);
        var outcome = OperationOutcome.Running(run.Step.Name, run.Step.Message, remaining < LongestPoll ? remaining : LongestPoll) with
        {
            ProgressPercent = run.Percent(now),
            MadeProgress = run.Moved,
            Record = records,
        };
        run.Moved = false;
        run.LastLook = now;
        return records && run.BootIdBefore is { } bootId
            ? outcome with { Values = new Dictionary<string, string> { [SystemSteps.BootIdBefore] = bootId } }
            : outcome;
    }

    /// <summary>Without durations nothing but a reset is recorded first: such machines measure the operator, and their other steps are safe to repeat anyway.</summary>
    private static bool MustBeRecorded(SimulatedRun run) => run is { Started: false, Step.RecordFirst: true } && (run.IsTimed || run.Plan.Kind == OperationKind.PowerReset);

    private static bool HasGivenUpAsking(SimulatedRun run, DateTimeOffset now) => run.Step.AsksSystem && now >= run.StartTime + SoftTimeout(run);

    private static OperationOutcome NextAfterDeafSystem(MachineCell cell, SimulatedRun run, DateTimeOffset now)
    {
        if (run.Context.Capture is { UncleanShutdown: Api.Captures.UncleanShutdownPolicy.Fail })
            return Fail(cell, run, SystemSteps.DidNotShutDown(run));
        run.UncleanShutdown = true;
        run.Advance(cell, now);
        return run.End ?? Report(run, now);
    }

    private static OperationOutcome Fail(MachineCell cell, SimulatedRun run, OperationOutcome failure)
    {
        Discard(cell);
        return run.End = failure;
    }

    /// <summary>Removes what an unfinished operation left half made.</summary>
    private static void Discard(MachineCell cell)
    {
        if (cell.Run is not { End: null } run)
            return;
        if (cell.State.NewDisk?.OperationId == run.OperationId)
            cell.Change(cell.State with { NewDisk = null });
        if (run.Context.Capture is { } capture)
            cell.Room.Library.DropPartial(cell.State.Namespace, CapturePlan.PartialName(capture, run.OperationId));
    }

    private static bool IsLoginRefused(MachineCell cell, SimulatedRun run, Step step)
    {
        if (run.HasLinux && !step.InSystem)
            return false;
        return cell.RefusesLogin || cell.Fault(SimulatedFaultKind.CredentialRefused, run.Spec, run.OperationId, step.Name, run.Index);
    }

    private static OperationOutcome Refused(SimulatedRun run) => OperationOutcome.Failed(
        Reasons.CredentialsRefused,
        $"Machine {run.Node} refused the login at step {run.Step.Name}. Correct the Secret that holds it.",
        FailureKind.NeedsPerson) with { MachineUntouched = run.Index == 0 };

    private static OperationOutcome Fenced(OperationContext context) => OperationOutcome.Failed(
        Reasons.Fenced,
        $"Machine {context.Node.Namespace}/{context.Node.Name} has been taken over by a newer operation than {context.Operation.Id} (number {context.Operation.Sequence}). Nothing was done.") with { MachineUntouched = true };

    private static TimeSpan SoftTimeout(SimulatedRun run) => TimeSpan.FromSeconds(run.Context.Timeouts.SoftPowerOffSeconds);

    private static DateTimeOffset Min(DateTimeOffset left, DateTimeOffset right) => left < right ? left : right;
}

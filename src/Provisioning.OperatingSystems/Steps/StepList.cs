using System.Text;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Targets;
using Provisioning.OperatingSystems.CurrentImages;

namespace Provisioning.OperatingSystems.Steps;

/// <summary>Runs a list of steps in a machine, by the Node's policies and with its hooks.</summary>
/// <param name="machine">The machine.</param>
/// <param name="hook">The step that runs one hook.</param>
/// <param name="hooks">The hooks of this stage, in their order.</param>
/// <param name="policies">What follows from failures.</param>
internal sealed class StepList(IMachine machine, MachineStep hook, IReadOnlyList<HookTarget> hooks, StepPolicies policies)
{
    private const int MaximumConflicts = 3;

    private readonly StepRun _run = new();

    public async Task<StepsOutcome> PrepareCaptureAsync(IReadOnlyList<MachineStep> steps, CaptureIdentity identity, CancellationToken cancellationToken)
    {
        foreach (var step in steps)
        {
            var (_, goesOn) = await RunAsync(step, () => step.Edit == CurrentImageEdit.NameCapture
                ? EditCurrentImageAsync(step, _ => CurrentImageEdits.NameCapture(identity), cancellationToken)
                : machine.RunAsync(step, [], default, cancellationToken));
            if (!goesOn || (step.HooksFollow && !await RunHooksAsync(cancellationToken)))
                return _run.Ended();
        }

        return _run.Completed();
    }

    public async Task<StepsOutcome> PostLoadAsync(IReadOnlyList<MachineStep> steps, LoadIdentity identity, CancellationToken cancellationToken)
    {
        foreach (var step in steps)
        {
            var (answer, goesOn) = await RunAsync(step, () => PostLoadStepAsync(step, identity, cancellationToken));
            if (!goesOn)
                return _run.Ended();

            // Whoever dies after the keys are in place, and before anybody knows them, has locked everybody out.
            if (answer.NewHostKeys.Except(identity.RecordedHostKeys).Any())
            {
                return _run.Waiting("The machine's new SSH host keys must be recorded before they are put in place.")
                    with { HostKeys = PublicKeys.Either(machine.HostKey, answer.NewHostKeys, answer.HostKeys) };
            }

            if (step.HooksFollow && !await RunHooksAsync(cancellationToken))
                return _run.Ended();
        }

        return _run.Completed();
    }

    private Task<StepAnswer> PostLoadStepAsync(MachineStep step, LoadIdentity identity, CancellationToken cancellationToken)
    {
        if (step.ChangesHostKeys && identity.KeepHostKeys)
            return Task.FromResult(StepAnswer.Skipped("the Node's spec pins the host keys"));

        return step.Edit switch
        {
            CurrentImageEdit.NameLoaded => EditCurrentImageAsync(step, file => CurrentImageEdits.NameLoaded(file, identity), cancellationToken),
            // Only on the file that the step before wrote.
            CurrentImageEdit.MarkConfigured => EditCurrentImageAsync(
                step,
                file => file?.Values(CurrentImageKeys.RevisionId).Contains(identity.RevisionId) == true ? CurrentImageEdits.MarkConfigured(file, identity.Time) : null,
                cancellationToken),
            _ => machine.RunAsync(step, [], default, cancellationToken),
        };
    }

    private async Task<bool> RunHooksAsync(CancellationToken cancellationToken)
    {
        foreach (var each in hooks)
        {
            var step = hook with { Name = HookSpec.StepPrefix + each.Name, Fatal = each.FailurePolicy == HookFailurePolicy.Fail };
            string[] more = [each.Name, ((int)each.Timeout.TotalSeconds).ToString()];
            var (_, goesOn) = await RunAsync(step, () => machine.RunAsync(step, more, Encoding.UTF8.GetBytes(each.Script), cancellationToken));
            if (!goesOn)
                return false;
        }

        return true;
    }

    private async Task<(StepAnswer Answer, bool GoesOn)> RunAsync(MachineStep step, Func<Task<StepAnswer>> run)
    {
        var policy = policies.Of(step);
        var answer = policy == StepFailurePolicy.Skip ? StepAnswer.Skipped("the Node's spec.operatingSystem.stepPolicies skips it") : await run();
        return (answer, _run.GoesOnAfter(step.Name, answer, fatal: policy == StepFailurePolicy.Fail));
    }

    /// <summary>
    /// Reads currentimage.txt, and writes what the edit makes of it if that differs. The script refuses if somebody else wrote in between; the edit is then made
    /// anew, so that no line of anybody is lost.
    /// </summary>
    private async Task<StepAnswer> EditCurrentImageAsync(MachineStep step, Func<CurrentImageFile?, CurrentImageFile?> edit, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var present = await machine.ObserveAsync(cancellationToken);
            var wanted = edit(present.File);
            if (wanted is null)
                return StepAnswer.Failed($"{present.Facts.Image.Detail ?? "currentimage.txt is not what was just written."} Look at it on the machine.");
            if (present.File is { Unterminated: false } file && file.Render().AsSpan().SequenceEqual(wanted.Render()))
                return StepAnswer.Unchanged;

            var answer = await machine.RunAsync(step, [present.Stamp], wanted.Render(), cancellationToken);
            var conflict = answer.State == StepState.Failed && answer.Message?.StartsWith("conflict:", StringComparison.Ordinal) == true;
            if (!conflict || attempt == MaximumConflicts)
                return answer;
        }
    }
}

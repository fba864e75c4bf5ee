using Provisioning.Api.Nodes;
using Provisioning.OperatingSystems.CurrentImages;
using Provisioning.Ssh;

namespace Provisioning.OperatingSystems.Linux;

/// <summary>Linux with an SSH server and a POSIX shell. Preparing it needs a login with the rights of root.</summary>
public sealed class LinuxModule : IOperatingSystemModule
{
    /// <inheritdoc/>
    public OperatingSystemType Type => OperatingSystemType.Linux;

    /// <inheritdoc/>
    public async Task<OperatingSystemReading> ObserveAsync(ISshSession session, CancellationToken cancellationToken)
    {
        var answer = await new LinuxMachine(session, StepArguments.None).ObserveAsync(cancellationToken);
        return new(answer.Facts.Image, answer.Facts.Configured, answer.Facts.Tainted, answer.BootId, answer.HostKeys);
    }

    /// <inheritdoc/>
    public async Task<StepsOutcome> PrepareCaptureAsync(ISshSession session, CaptureIdentity identity, CancellationToken cancellationToken)
    {
        var machine = new LinuxMachine(session, StepArguments.For(identity));
        var run = new StepRun();
        foreach (var step in LinuxSteps.PreCapture)
        {
            var answer = step.Edit == CurrentImageEdit.NameCapture
                ? await machine.EditCurrentImageAsync(step, _ => CurrentImageEdits.NameCapture(identity), cancellationToken)
                : await machine.RunAsync(step, cancellationToken);
            if (!run.GoesOnAfter(step, answer))
                return run.Ended();
        }

        return run.Completed();
    }

    /// <inheritdoc/>
    public async Task<StepsOutcome> PostLoadAsync(ISshSession session, LoadIdentity identity, CancellationToken cancellationToken)
    {
        var machine = new LinuxMachine(session, StepArguments.For(identity));
        var run = new StepRun();
        foreach (var step in LinuxSteps.PostLoad)
        {
            var answer = await PostLoadStepAsync(machine, step, identity, cancellationToken);
            if (!run.GoesOnAfter(step, answer))
                return run.Ended();

            // Whoever dies after the keys are in place, and before anybody knows them, has locked everybody out.
            if (answer.NewHostKeys.Except(identity.RecordedHostKeys).Any())
            {
                return run.Waiting("The machine's new SSH host keys must be recorded before they are put in place.")
                    with { HostKeys = PublicKeys.Either(session.HostKey, answer.NewHostKeys, answer.HostKeys) };
            }
        }

        return run.Completed();
    }

    /// <inheritdoc/>
    public Task<StepsOutcome> ShutDownAsync(ISshSession session, string operationId, CancellationToken cancellationToken) =>
        RunOneAsync(session, LinuxSteps.PowerOff, operationId, cancellationToken);

    /// <inheritdoc/>
    public Task<StepsOutcome> RebootAsync(ISshSession session, string operationId, CancellationToken cancellationToken) =>
        RunOneAsync(session, LinuxSteps.Reboot, operationId, cancellationToken);

    private static async Task<StepsOutcome> RunOneAsync(ISshSession session, LinuxStep step, string operationId, CancellationToken cancellationToken)
    {
        var run = new StepRun();
        // The name of the step is the script's only argument.
        var answer = await new LinuxMachine(session, StepArguments.For("power", operationId)).RunAsync(step, [step.Name], cancellationToken);
        return run.GoesOnAfter(step, answer) ? run.Completed() : run.Ended();
    }

    private static Task<StepAnswer> PostLoadStepAsync(LinuxMachine machine, LinuxStep step, LoadIdentity identity, CancellationToken cancellationToken)
    {
        if (step.ChangesHostKeys && identity.KeepHostKeys)
            return Task.FromResult(new StepAnswer(StepState.Skipped, "the Node's spec pins the host keys", [], []));

        return step.Edit switch
        {
            CurrentImageEdit.NameLoaded => machine.EditCurrentImageAsync(step, file => CurrentImageEdits.NameLoaded(file, identity), cancellationToken),
            // Only on the file that the step before wrote.
            CurrentImageEdit.MarkConfigured => machine.EditCurrentImageAsync(
                step,
                file => file?.Values(CurrentImageKeys.RevisionId).Contains(identity.RevisionId) == true ? CurrentImageEdits.MarkConfigured(file, identity.Time) : null,
                cancellationToken),
            _ => machine.RunAsync(step, cancellationToken),
        };
    }
}

using Provisioning.Api.Nodes;
using Provisioning.Engines.Targets;
using Provisioning.Ssh;

namespace Provisioning.OperatingSystems.Steps;

/// <summary>What an operating system's module is made of: its steps, and how to speak to such a machine.</summary>
/// <param name="Open">Makes a machine of a session.</param>
/// <param name="PreCapture">The steps before a capture.</param>
/// <param name="PostLoad">The steps after a load.</param>
/// <param name="Hook">Runs one hook of a ConfigMap.</param>
/// <param name="PowerOff">Asks to power off.</param>
/// <param name="Reboot">Asks to reboot.</param>
internal sealed record ModuleSteps(
    Func<ISshSession, StepArguments, IMachine> Open,
    IReadOnlyList<MachineStep> PreCapture,
    IReadOnlyList<MachineStep> PostLoad,
    MachineStep Hook,
    MachineStep PowerOff,
    MachineStep Reboot)
{
    public async Task<OperatingSystemReading> ObserveAsync(ISshSession session, CancellationToken cancellationToken)
    {
        var answer = await Open(session, StepArguments.None).ObserveAsync(cancellationToken);
        return new(answer.Facts.Image, answer.Facts.Configured, answer.Facts.Tainted, answer.BootId, answer.HostKeys);
    }

    public Task<StepsOutcome> PrepareCaptureAsync(ISshSession session, CaptureIdentity identity, CancellationToken cancellationToken) =>
        List(Open(session, StepArguments.For(identity)), HookStage.PreCapture, identity.Hooks, identity.StepPolicies).PrepareCaptureAsync(PreCapture, identity, cancellationToken);

    public Task<StepsOutcome> PostLoadAsync(ISshSession session, LoadIdentity identity, CancellationToken cancellationToken) =>
        List(Open(session, StepArguments.For(identity)), HookStage.PostLoad, identity.Hooks, identity.StepPolicies).PostLoadAsync(PostLoad, identity, cancellationToken);

    /// <summary>Runs one step that belongs to no list; its name is its script's only argument.</summary>
    public async Task<StepsOutcome> AskAsync(ISshSession session, MachineStep step, string operationId, CancellationToken cancellationToken)
    {
        var run = new StepRun();
        var answer = await Open(session, StepArguments.For("power", operationId)).RunAsync(step, [step.Name], default, cancellationToken);
        return run.GoesOnAfter(step.Name, answer, fatal: true) ? run.Completed() : run.Ended();
    }

    private StepList List(IMachine machine, HookStage stage, IReadOnlyList<HookTarget> hooks, IReadOnlyList<StepPolicySpec> policies) =>
        new(machine, Hook, [.. hooks.Where(hook => hook.Stage == stage)], new(policies));
}

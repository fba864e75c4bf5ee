using Provisioning.Api;
using Provisioning.Api.Nodes;

namespace Provisioning.Core.Decisions;

/// <summary>Decides about the operation that is recorded on a Node.</summary>
internal static class OperationDecider
{
    // The machine ends a hook that is over its time; that must be told before the operation is given up for silence.
    private const int HookGraceSeconds = 60;

    public static NodeDecision Decide(NodeSituation situation, OperationStatus operation)
    {
        if (operation.Phase == OperationPhase.Running)
            return DecideRunning(situation, operation);
        return AwaitsCapture(situation) ? new NodeDecision.AwaitCapture() : new NodeDecision.Settle();
    }

    /// <summary>Whether the result of a capture stands in the operation alone, so that dropping it would lose the image.</summary>
    public static bool AwaitsCapture(NodeSituation situation) =>
        situation.Status.Operation is { Kind: OperationKind.Capture, Phase: not OperationPhase.Running } operation
        && situation.Capture is { IsFinished: false } capture
        && capture.Uid == operation.CaptureUid;

    private static NodeDecision DecideRunning(NodeSituation situation, OperationStatus operation)
    {
        // Before everything else, for the machine is not the Node's any more, and the former provisioner may be gone or unusable for good.
        var provisioner = NodeSituation.ProvisionerOf(situation.Node);
        if (provisioner != situation.Node.Spec.ProvisionerRef.Name)
            return new NodeDecision.Abandon(Reasons.Superseded, $"spec.provisionerRef was changed from {provisioner} to {situation.Node.Spec.ProvisionerRef.Name}.");
        if (situation.Provisioner is null)
            return new NodeDecision.Stall(Reasons.ProvisionerNotFound, $"{operation.Kind} waits: the Provisioner {provisioner} does not exist. Create it again, or delete the Node.");

        // Before everything that would stop the operation: without a usable provisioner it cannot be stopped either.
        if (situation.Obstacle is { Reason: Reasons.SecretInvalid or Reasons.ProvisionerNotReady or Reasons.InvalidSpec } obstacle)
            return Wait(obstacle, $"{operation.Kind} waits: {obstacle.Message}");
        if (Supersedes(situation, operation) is { } superseded)
            return superseded;

        // One that waits for a place has not begun, and its clocks stand still.
        if (situation.Status.Queue is not null)
            return new NodeDecision.Continue();
        if (operation.DeadlineTime is { } deadline && situation.Now >= deadline)
            return new NodeDecision.Abandon(Reasons.DeadlineExceeded, $"{operation.Kind} was not done at its deadline, in step {operation.Step}. Last: {operation.Message}");

        var silence = LongestSilence(situation.Provisioner.Timeouts.NoProgressSeconds, situation.Node.Spec.OperatingSystem, operation);
        if (situation.Now - (operation.LastProgressTime ?? operation.StartedTime) >= silence)
            return new NodeDecision.Abandon(Reasons.NoProgress, $"{operation.Kind} made no progress for {silence.TotalSeconds:0} s in step {operation.Step}. Last: {operation.Message}");
        return new NodeDecision.Continue();
    }

    /// <summary>
    /// A hook that is within its own time is no standstill, however quiet it is. Only while one may be running: steps inside the machine have reported, and this hook
    /// has not. What comes before and after, a copy that hangs for instance, is not waited for longer.
    /// </summary>
    private static TimeSpan LongestSilence(int noProgressSeconds, OperatingSystemSpec system, OperationStatus operation)
    {
        if (operation.Steps.Count == 0)
            return TimeSpan.FromSeconds(noProgressSeconds);
        var stage = operation.Kind == OperationKind.Capture ? HookStage.PreCapture : HookStage.PostLoad;
        var longestHook = system.Hooks
            .Where(hook => hook.Stage == stage)
            .Select(hook => (Step: HookSpec.StepPrefix + hook.Name, hook.TimeoutSeconds))
            .Append((Step: HookSpec.ImageStep, TimeoutSeconds: HookSpec.ImageTimeoutSeconds))
            .Where(hook => operation.Steps.All(report => report.Name != hook.Step))
            .Select(hook => hook.TimeoutSeconds + HookGraceSeconds)
            .DefaultIfEmpty()
            .Max();
        return TimeSpan.FromSeconds(Math.Max(noProgressSeconds, longestHook));
    }

    private static NodeDecision Wait(Obstacle obstacle, string message) =>
        obstacle.NeedsPerson ? new NodeDecision.Stall(obstacle.Reason, message) : new NodeDecision.LookAgain(obstacle.Reason, message);

    /// <summary>A goal that changed while its operation ran: the work would be for nothing.</summary>
    private static NodeDecision.Abandon? Supersedes(NodeSituation situation, OperationStatus operation)
    {
        var spec = situation.Node.Spec;
        var (machine, declared) = (NodeSituation.MachineOf(situation.Node), NodeSituation.DeclaredMachineOf(situation.Node));
        if (machine != declared)
            return new(Reasons.Superseded, $"The machine that the Node names was changed from {machine} to {declared} (spec.machineName).");
        return operation.Kind switch
        {
            OperationKind.Capture when situation.Capture?.Uid != operation.CaptureUid =>
                new(Reasons.Superseded, $"The ImageCapture {operation.CaptureName} was deleted."),
            OperationKind.Load when spec.ImageRef is null || (situation.DesiredImage is { } image && image.Digest != operation.TargetDigest) =>
                new(Reasons.Superseded, $"{operation.Target} is no longer the desired image."),
            // An operation of an older version did not record the image's file, which cannot be named without its Image. What the load left is recorded as incomplete.
            OperationKind.Load when operation.Image is null && situation is { DesiredImage: null, ImageObstacle: { } missing } =>
                new(missing.Reason, missing.Message),
            OperationKind.PostLoad when spec.ImageRef is null || (situation.DesiredImage is { } image && operation.TargetDigest is { } digest && image.Digest != digest) =>
                new(Reasons.Superseded, $"{operation.Target} is no longer the desired image."),
            OperationKind.Load or OperationKind.PostLoad or OperationKind.PowerOn when spec.PowerState == PowerState.PoweredOff =>
                new(Reasons.Superseded, "powerState was changed to PoweredOff."),
            _ => null,
        };
    }
}

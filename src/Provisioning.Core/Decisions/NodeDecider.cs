using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;

namespace Provisioning.Core.Decisions;

/// <summary>
/// Decides the one next thing to do with a Node. Pure: the same situation always gives the same decision. The order of the questions is the
/// order of precedence that docs/concepts/convergence.md describes.
/// </summary>
public static class NodeDecider
{
    /// <summary>Decides.</summary>
    public static NodeDecision Decide(NodeSituation situation)
    {
        if (situation.Node.Metadata.DeletionTimestamp is not null)
            return DeletionDecider.Decide(situation);
        if (situation.Node.Spec.ManagementPolicy == ManagementPolicy.Paused)
            return new NodeDecision.Hold();
        if (situation.Status.Operation is { } operation)
            return situation.Node.Spec.ManagementPolicy == ManagementPolicy.Observe && operation.Phase == OperationPhase.Running
                ? new NodeDecision.Hold()
                : OperationDecider.Decide(situation, operation);
        if (situation.Obstacle is { } obstacle)
            return FromObstacle(obstacle);
        if (situation.Observation is null || situation.Verdict is null)
            return new NodeDecision.LookAgain(Reasons.NotProbed, "The machine has not been looked at yet.");

        var wanted = Want(situation);
        return situation.Node.Spec.ManagementPolicy == ManagementPolicy.Observe ? OnlyObserve(wanted) : Limit(situation, wanted);
    }

    /// <summary>What would be done if nothing held it back.</summary>
    private static NodeDecision Want(NodeSituation situation)
    {
        if (situation.Capture is { IsFinished: false } capture)
            return Begin(situation, OperationKind.Capture, Reasons.OperationRunning, $"Capturing the machine into {capture.ImageName}.", capture.Uid) with { Capture = capture };
        if (situation.Node.Spec.PowerState == PowerState.PoweredOff)
            return WantOff(situation);
        if (WantReset(situation) is { } reset)
            return reset;
        if (situation.ImageObstacle is { } obstacle)
            return FromObstacle(obstacle);
        if (situation.DesiredImage is not null && WantImage(situation) is { } forImage)
            return forImage;
        return WantOn(situation);
    }

    /// <summary>A reset that was asked for. It comes before anything that needs the machine to answer: a machine that hangs is why people ask.</summary>
    private static NodeDecision.Begin? WantReset(NodeSituation situation) =>
        IsNew(situation, situation.Node.Spec.PowerResetToken, situation.Status.HandledPowerResetToken) && situation.Observation!.Power.Value == PowerValue.On
            ? Begin(situation, OperationKind.PowerReset, Reasons.OperationRunning, "Resetting the machine, because spec.powerResetToken was changed.", situation.Node.Spec.PowerResetToken!)
            : null;

    private static NodeDecision WantOff(NodeSituation situation)
    {
        var power = situation.Observation!.Power;
        return power.Value switch
        {
            PowerValue.On => Begin(situation, OperationKind.PowerOff, Reasons.OperationRunning, "Powering the machine off.", "off"),
            PowerValue.Off => new NodeDecision.Rest(Reasons.PoweredOff, "The machine is off, as declared."),
            _ when situation.Observation.Exists.IsNo => new NodeDecision.Rest(Reasons.PoweredOff, "The machine does not exist yet; it is loaded when it may be on."),
            _ => new NodeDecision.LookAgain(power.Reason ?? Reasons.UnexpectedAnswer, power.Detail ?? "The power state could not be read."),
        };
    }

    /// <summary>What the image asks for; null if it asks for nothing.</summary>
    private static NodeDecision? WantImage(NodeSituation situation)
    {
        var image = situation.DesiredImage!;
        var verdict = situation.Verdict!;
        if (IsNew(situation, situation.Node.Spec.ReloadToken, situation.Status.HandledReloadToken) && !situation.Observation!.Exists.IsUnknown)
            return Begin(situation, OperationKind.Load, Reasons.ReloadRequested, $"Loading {image.Name}, because spec.reloadToken was changed.", image.Digest);

        return verdict.Verdict switch
        {
            NodeVerdict.Reload => Begin(situation, OperationKind.Load, verdict.Reason, $"Loading {image.Name}: {verdict.Message}", image.Digest),
            NodeVerdict.PostLoad => Begin(situation, OperationKind.PostLoad, verdict.Reason, verdict.Message, image.Digest),
            NodeVerdict.Unknown when verdict.Reason == Reasons.IdentityMismatch => new NodeDecision.Stall(verdict.Reason, verdict.Message),
            NodeVerdict.Unknown when verdict.Reason == Reasons.PoweredOff => WantKnownImage(situation),
            NodeVerdict.Unknown => new NodeDecision.LookAgain(verdict.Reason, verdict.Message),
            _ => null,
        };
    }

    /// <summary>A machine that is off: switched on where it should be on, or where nothing was ever recorded and only the machine can tell.</summary>
    private static NodeDecision.Begin? WantKnownImage(NodeSituation situation) =>
        situation.Node.Spec.PowerState is null && situation.Status.LoadedImage is null
            ? Begin(situation, OperationKind.PowerOn, Reasons.OperationRunning, "Powering the machine on to see what it runs.", "on")
            : null;

    private static NodeDecision WantOn(NodeSituation situation)
    {
        var power = situation.Observation!.Power;
        if (situation.Node.Spec.PowerState == PowerState.PoweredOn)
        {
            if (power.Value == PowerValue.Off)
                return Begin(situation, OperationKind.PowerOn, Reasons.OperationRunning, "Powering the machine on.", "on");
            if (power.Value == PowerValue.Unknown && situation.Supported.Contains(OperationKind.PowerOn))
                return new NodeDecision.LookAgain(power.Reason ?? Reasons.UnexpectedAnswer, power.Detail ?? "The power state could not be read.");
        }

        return new NodeDecision.Rest(Reasons.AsDeclared, "The machine is as declared.");
    }

    private static NodeDecision.Begin Begin(NodeSituation situation, OperationKind kind, string reason, string message, string target) =>
        new(kind, reason, message, Goal: $"{kind}:{target}|{situation.Circumstances}");

    private static NodeDecision OnlyObserve(NodeDecision wanted) => wanted is NodeDecision.Begin begin
        ? new NodeDecision.Stall(Reasons.ObserveOnly, $"managementPolicy is Observe, so nothing is done. Under Manage this would follow: {begin.Message}")
        : wanted;

    /// <summary>Holds a wanted operation back while it is not supported, not due, or was tried too often.</summary>
    private static NodeDecision Limit(NodeSituation situation, NodeDecision wanted)
    {
        if (wanted is not NodeDecision.Begin begin)
            return wanted;
        if (!situation.Supported.Contains(begin.Kind))
            return new NodeDecision.Stall(Reasons.NotSupported, $"The provisioner {situation.Node.Spec.ProvisionerRef.Name} has no {begin.Kind}. {HowToDoWithout(begin.Kind)}");
        if (situation.Status.Retry is not { } retry || retry.Goal != begin.Goal)
            return begin;
        if (retry.NextTime is { } next && next > situation.Now)
            return retry.NeedsPerson ? new NodeDecision.Stall(retry.Reason, retry.Message) : new NodeDecision.WaitToRetry(next);
        if (IsDestructive(begin.Kind) && retry.Attempt >= situation.Provisioner!.Limits.Attempts && !retry.NeedsPerson)
            return new NodeDecision.Stall(
                Reasons.AttemptsExhausted,
                $"{begin.Kind} failed {retry.Attempt} times, last with {retry.Reason}: {retry.Message} Mend the cause, then change spec.reloadToken or any other field to try again.");
        return begin;
    }

    private static string HowToDoWithout(OperationKind kind) => kind switch
    {
        OperationKind.Load or OperationKind.PostLoad => "Remove spec.imageRef or use another provisioner.",
        OperationKind.PowerOn or OperationKind.PowerOff => "Remove spec.powerState or use another provisioner.",
        OperationKind.PowerReset => "Remove spec.powerResetToken or use another provisioner.",
        _ => "Use another provisioner.",
    };

    private static bool IsDestructive(OperationKind kind) => kind is OperationKind.Load or OperationKind.Unload;

    /// <summary>
    /// A token that a new Node brings along asks for nothing: it was handled when it was new, and a Node that is restored from Git must not wipe its machine.
    /// </summary>
    private static bool IsNew(NodeSituation situation, string? token, string? handled) => token is not null && token != handled && situation.Node.Status is not null;

    private static NodeDecision FromObstacle(Obstacle obstacle) =>
        obstacle.NeedsPerson ? new NodeDecision.Stall(obstacle.Reason, obstacle.Message) : new NodeDecision.LookAgain(obstacle.Reason, obstacle.Message);
}

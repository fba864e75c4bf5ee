using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Core.Verdict;

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

        var decision = Allow(situation, Want(situation));
        return decision is NodeDecision.Stall { Reason: Reasons.NotProbed or Reasons.PendingApproval } ? LaterCapture(situation) ?? decision : decision;
    }

    /// <summary>What is wanted, unless something holds it back.</summary>
    private static NodeDecision Allow(NodeSituation situation, NodeDecision wanted) =>
        wanted is not NodeDecision.Begin begin ? wanted
        : situation.Node.Spec.ManagementPolicy == ManagementPolicy.Observe ? OnlyObserve(begin)
        : Approvals.Apply(situation, AttemptLimits.Apply(situation, begin));

    /// <summary>
    /// Captures run in the order in which they were created. One that waits for a person because of what it asks for itself must not hold up for ever those behind it that ask for less. One that failed for the
    /// time being keeps its turn: whatever it met, for example a full disk, the next one would meet as well.
    /// </summary>
    private static NodeDecision.Begin? LaterCapture(NodeSituation situation) => situation.LaterCaptures
        .Select(later => situation with { Capture = later })
        .Select(instead => Allow(instead, Want(instead)))
        .OfType<NodeDecision.Begin>()
        .FirstOrDefault(begin => begin.Kind == OperationKind.Capture);

    /// <summary>What would be done if nothing held it back.</summary>
    private static NodeDecision Want(NodeSituation situation)
    {
        if (situation.Capture is not { IsFinished: false } capture)
            return WantMachine(situation);
        if (situation.Observation!.Exists is { IsUnknown: true } exists)
            return Unknown(exists.Reason ?? Reasons.HostUnreachable, exists.Detail ?? "Could not tell whether the machine exists.");
        if (situation.Observation.Exists.IsYes && situation.Status.LoadedImage is not { State: LoadState.Loading } && !WouldForget(situation, capture))
            return Begin(situation, OperationKind.Capture, Reasons.OperationRunning, $"Capturing the machine into {capture.ImageName}.", capture.Uid) with { Capture = capture };

        // An image of a machine that is missing or half loaded would be worthless: it is made whole first (or looked at), and the capture waits for that.
        return WantMachine(situation) is var wanted and not NodeDecision.Rest ? wanted : CannotCapture(situation, capture);
    }

    /// <summary>
    /// Preparing a capture overwrites what the machine says it runs. Where nothing was recorded either, the machine would be taken for a wrong one
    /// afterwards and loaded.
    /// </summary>
    private static bool WouldForget(NodeSituation situation, CaptureRequest capture) =>
        capture.PreparesOperatingSystem && situation.Desired.HasOperatingSystem && situation.Node.Spec.ImageRef is not null
        && situation.Status.LoadedImage is null && situation.Verdict!.Verdict == NodeVerdict.Unknown;

    private static NodeDecision.Stall CannotCapture(NodeSituation situation, CaptureRequest capture) => situation.Observation!.Exists.IsNo
        ? new(Reasons.MachineMissing, $"The ImageCapture {capture.Name} waits for the machine, which does not exist. Let an image be loaded on it, or delete the ImageCapture.")
        : situation.Status.LoadedImage is null ? new(Reasons.NotProbed, $"The ImageCapture {capture.Name} waits, because what is on the machine was never seen and preparing the capture would overwrite it. Set spec.powerState to PoweredOn so that it is seen, remove spec.imageRef, or delete the ImageCapture.")
        : new(Reasons.LoadIncomplete, $"The ImageCapture {capture.Name} waits, because a load began and did not finish, so the disk is not whole. Let the image be loaded, or delete the ImageCapture.");

    private static NodeDecision WantMachine(NodeSituation situation)
    {
        if (situation.Node.Spec.PowerState == PowerState.PoweredOff)
            return WantOff(situation);
        if (WantReset(situation) is { } reset)
            return reset;
        return WantImage(situation) ?? WantOn(situation);
    }

    /// <summary>A reset that was asked for. It comes before anything that needs the machine to answer: a machine that hangs is why people ask.</summary>
    private static NodeDecision? WantReset(NodeSituation situation) => ResetInDoubt(situation) ?? (
        IsNew(situation, situation.Node.Spec.PowerResetToken, situation.Status.HandledPowerResetToken) && situation.Observation!.Power.Value == PowerValue.On
            ? Begin(situation, OperationKind.PowerReset, Reasons.OperationRunning, "Resetting the machine, because spec.powerResetToken was changed.", situation.Node.Spec.PowerResetToken!)
            : (NodeDecision?)null);

    /// <summary>A reset of which it cannot be told whether it took place has used its token up, and a person is to hear of it.</summary>
    private static NodeDecision.Stall? ResetInDoubt(NodeSituation situation) =>
        situation.Node.Spec.PowerResetToken is { } token && situation.Observation!.Power.Value == PowerValue.On
        && situation.Status.Retry is { Attempt: > 0, Reason: Reasons.OutcomeUnknown } retry && retry.Goal.StartsWith($"{OperationKind.PowerReset}:{token}|", StringComparison.Ordinal)
            ? new(Reasons.OutcomeUnknown, $"It cannot be told whether the machine was reset: {retry.Message} Set spec.powerResetToken to a new value to reset it again, or remove it.")
            : null;

    private static NodeDecision WantOff(NodeSituation situation)
    {
        var observation = situation.Observation!;
        if (situation.IsOn)
            return Begin(situation, OperationKind.PowerOff, Reasons.OperationRunning, "Powering the machine off.", "off");
        if (observation.Power.Value == PowerValue.Off)
            return new NodeDecision.Rest(Reasons.PoweredOff, observation.Power.Detail ?? "The machine is off, as declared.");
        return observation.Exists.IsNo && observation.Power.Reason != Reasons.NotSupported
            ? new NodeDecision.Rest(Reasons.PoweredOff, "The machine does not exist yet; it is loaded when it may be on.")
            : PowerUnknown(situation, OperationKind.PowerOff);
    }

    /// <summary>What the image asks for; null if it asks for nothing.</summary>
    private static NodeDecision? WantImage(NodeSituation situation)
    {
        var wanted = situation.DesiredImage is { } image ? WantKnownImage(situation, image) : null;

        // Only a load needs the image itself; what is on the machine already does not, and the power state is kept meanwhile.
        if (situation.ImageObstacle is not { } obstacle || (situation.DesiredImage is not null && wanted is not NodeDecision.Begin { Kind: OperationKind.Load }))
            return wanted;
        return situation.Status.LoadedImage is not { State: LoadState.Loading } && WantOn(situation) is NodeDecision.Begin powerOn ? powerOn : FromObstacle(obstacle);
    }

    private static NodeDecision? WantKnownImage(NodeSituation situation, DesiredImage image)
    {
        var verdict = situation.Verdict!;
        if (IsNew(situation, situation.Node.Spec.ReloadToken, situation.Status.HandledReloadToken) && !situation.Observation!.Exists.IsUnknown)
            return Begin(situation, OperationKind.Load, Reasons.ReloadRequested, $"Loading {image.Name}, because spec.reloadToken was changed.", image.Digest);

        return verdict.Verdict switch
        {
            NodeVerdict.Reload => Begin(situation, OperationKind.Load, verdict.Reason, $"Loading {image.Name}: {verdict.Message}", image.Digest),
            NodeVerdict.PostLoad => Begin(situation, OperationKind.PostLoad, verdict.Reason, verdict.Message, image.Digest),
            NodeVerdict.Unknown when verdict.Reason == Reasons.IdentityMismatch => new NodeDecision.Stall(verdict.Reason, verdict.Message),
            NodeVerdict.Unknown when situation.Observation is { Power.Value: PowerValue.Off, Exists.IsUnknown: false } => WantToSee(situation, verdict),
            NodeVerdict.Unknown when !situation.Desired.HasOperatingSystem && !situation.Observation!.Exists.IsUnknown => new NodeDecision.Stall(verdict.Reason, verdict.Message),
            NodeVerdict.Unknown when verdict.Reason == Reasons.SshUnreachable && !situation.Observation!.Ssh.IsYes && Booting.Since(situation) is { } since =>
                new NodeDecision.LookAgain(Reasons.Booting, $"The machine is booting: it was switched on at {since:u} and does not answer SSH yet."),
            NodeVerdict.Unknown when situation.Node.Spec.PowerState == PowerState.PoweredOn && MayBeWoken(situation) => null,
            NodeVerdict.Unknown => Unknown(verdict.Reason, verdict.Message),
            _ => null,
        };
    }

    /// <summary>A machine that is off: switched on where it should be on, or where nothing was ever recorded and only the machine can tell.</summary>
    private static NodeDecision? WantToSee(NodeSituation situation, NodeStatusVerdict verdict)
    {
        if (situation.Node.Spec.PowerState == PowerState.PoweredOn)
            return null;
        if (!situation.Desired.HasOperatingSystem)
            return new NodeDecision.Stall(verdict.Reason, verdict.Message);
        return situation.Status.LoadedImage is null
            ? Begin(situation, OperationKind.PowerOn, Reasons.OperationRunning, "Powering the machine on to see what it runs.", "on")
            : null;
    }

    private static NodeDecision WantOn(NodeSituation situation)
    {
        if (situation.IsOn)
            return new NodeDecision.Rest(Reasons.AsDeclared, "The machine is as declared.");
        if (situation.Node.Spec.PowerState is null)
        {
            return situation.Status.PowerOnDue && situation.Observation is { Power.Value: PowerValue.Off, Exists.IsNo: false }
                ? Begin(situation, OperationKind.PowerOn, Reasons.OperationRunning, "Powering the machine on again after its capture.", "on")
                : new NodeDecision.Rest(Reasons.AsDeclared, "The machine is as declared.");
        }

        if (situation.Observation!.Exists.IsNo)
            return new NodeDecision.Stall(Reasons.MachineMissing, "The machine does not exist, so it cannot be powered on. Name an image in spec.imageRef to have it made, or remove spec.powerState.");
        return situation.Observation.Power.Value == PowerValue.Off
            ? Begin(situation, OperationKind.PowerOn, Reasons.OperationRunning, "Powering the machine on.", "on")
            : PowerUnknown(situation, OperationKind.PowerOn);
    }

    /// <summary>Without a way to read the power state or to change it, looking again would never end. A machine with SSH may yet answer there.</summary>
    private static NodeDecision PowerUnknown(NodeSituation situation, OperationKind verb)
    {
        var power = situation.Observation!.Power;
        if (verb == OperationKind.PowerOn && MayBeWoken(situation))
            return Begin(situation, verb, Reasons.OperationRunning, "The machine does not answer; powering it on.", "on");
        if (power.Reason == Reasons.NotSupported)
            return AttemptLimits.NotSupported(situation, verb);
        return situation.Supported.Contains(verb) || !situation.Observation.Exists.IsYes || (verb == OperationKind.PowerOn && situation.Desired.HasOperatingSystem)
            ? Unknown(power.Reason ?? Reasons.UnexpectedAnswer, power.Detail ?? "The power state could not be read.")
            : AttemptLimits.NotSupported(situation, verb);
    }

    /// <summary>Where SSH is all that tells of the power, a silent machine may be off, and powering on does no harm to one that is on.</summary>
    private static bool MayBeWoken(NodeSituation situation) =>
        situation.Observation is { Power: { Value: PowerValue.Unknown, Reason: Reasons.SshUnreachable }, Exists.IsYes: true, Ssh.IsYes: false } && situation.Supported.Contains(OperationKind.PowerOn);

    private static NodeDecision.Begin Begin(NodeSituation situation, OperationKind kind, string reason, string message, string target) =>
        new(kind, reason, message, Goal: $"{kind}:{target}|{situation.Circumstances}");

    private static NodeDecision.Stall OnlyObserve(NodeDecision.Begin wanted) =>
        new(Reasons.ObserveOnly, $"managementPolicy is Observe, so nothing is done. Under Manage this would follow: {wanted.Message}");

    /// <summary>
    /// A token that a new Node brings along asks for nothing: it was handled when it was new, and a Node that is restored from Git must not wipe its machine.
    /// </summary>
    private static bool IsNew(NodeSituation situation, string? token, string? handled) => token is not null && token != handled && situation.Node.Status is not null;

    private static NodeDecision FromObstacle(Obstacle obstacle) =>
        obstacle.NeedsPerson ? new NodeDecision.Stall(obstacle.Reason, obstacle.Message) : new NodeDecision.LookAgain(obstacle.Reason, obstacle.Message);

    /// <summary>What could not be told: looked at again, unless it is known that only a person can change that.</summary>
    private static NodeDecision Unknown(string reason, string message) =>
        reason is Reasons.CredentialsRefused or Reasons.SecretInvalid or Reasons.HostKeyMismatch or Reasons.HostKeyUnknown or Reasons.MachineNotOurs or Reasons.InvalidSpec
            ? new NodeDecision.Stall(reason, message)
            : new NodeDecision.LookAgain(reason, message);
}

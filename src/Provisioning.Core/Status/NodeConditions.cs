using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;

namespace Provisioning.Core.Status;

/// <summary>
/// The conditions of a Node. Ready, Reconciling and Stalled follow from the decision; the others from what was seen. They give the right verdict in
/// kstatus, Flux, Argo CD and <c>kubectl wait</c>: Reconciling and Stalled exist only while true, and never both.
/// </summary>
public static class NodeConditions
{
    /// <summary>Composes the conditions for a decision.</summary>
    /// <param name="situation">What the decision was made from.</param>
    /// <param name="decision">The decision.</param>
    /// <param name="status">The status as it will be written: operation, retry and queue are read from it.</param>
    public static IList<Condition> Compose(NodeSituation situation, NodeDecision decision, NodeStatus status)
    {
        var set = new ConditionSet(situation.Status.Conditions, situation.Node.Metadata.Generation ?? 0, situation.Now);
        SetSummary(set, situation, decision, status);
        if (situation.Observation is { } observation)
            SetFacts(set, situation, observation, decision);
        else
            set.Keep(ConditionTypes.Reachable).Keep(ConditionTypes.PowerMatched).Keep(ConditionTypes.ImageMatched).Keep(ConditionTypes.CredentialsValid);

        var paused = situation.Node.Spec.ManagementPolicy == ManagementPolicy.Paused;
        set.Set(
            ConditionTypes.Paused,
            paused ? ConditionStatus.True : ConditionStatus.False,
            paused ? Reasons.Paused : Reasons.NotPaused,
            paused ? "managementPolicy is Paused: the machine is neither looked at nor changed." : "The Node is not paused.");
        return set.Conditions;
    }

    private static void SetSummary(ConditionSet set, NodeSituation situation, NodeDecision decision, NodeStatus status)
    {
        var operation = status.Operation;
        // While it waits for something: what it says in the end is told by an event.
        var outlook = decision is NodeDecision.Release ? null : DeletionOutlook.Describe(situation.Node, operation);
        switch (decision)
        {
            case NodeDecision.Rest rest:
                set.Set(ConditionTypes.Ready, ConditionStatus.True, rest.Reason, RestMessage(situation, rest));
                break;
            case NodeDecision.Stall stall:
                set.Set(ConditionTypes.Ready, ConditionStatus.False, stall.Reason, Say(stall.Message)).Set(ConditionTypes.Stalled, ConditionStatus.True, stall.Reason, Say(stall.Message));
                break;
            case NodeDecision.Release or NodeDecision.Hold when situation.Node.Metadata.DeletionTimestamp is not null:
                Work(ConditionStatus.False, Reasons.Deleting, "The Node is being deleted.");
                break;
            case NodeDecision.Hold when situation.Node.Spec.ManagementPolicy == ManagementPolicy.Observe:
                const string held = "managementPolicy is Observe: the operation under way is held where it is. Set it to Manage to let it go on.";
                set.Set(ConditionTypes.Ready, ConditionStatus.False, Reasons.ObserveOnly, held).Set(ConditionTypes.Stalled, ConditionStatus.True, Reasons.ObserveOnly, held);
                break;
            case NodeDecision.Hold:
                set.Set(ConditionTypes.Ready, ConditionStatus.Unknown, Reasons.Paused, "The Node is paused, so nothing is known of the machine.");
                break;
            case NodeDecision.LookAgain look:
                Work(ConditionStatus.Unknown, look.Reason, look.Message);
                break;
            case NodeDecision.WaitToRetry wait:
                Work(ConditionStatus.False, Reasons.WaitingToRetry, $"{LastAttempt(status, wait)} The next attempt is due at {wait.Until:u}.");
                break;
            case NodeDecision.Begin begin when status.Queue is not null:
                Work(ConditionStatus.False, Reasons.Queued, $"{begin.Kind} waits in line: the Provisioner {situation.Node.Spec.ProvisionerRef.Name} runs as many operations as it may. {begin.Message}");
                break;
            case NodeDecision.Continue when operation is not null && status.Queue is not null:
                Work(ConditionStatus.False, Reasons.Queued, $"{Subject(operation)} waits in line: the Provisioner {NodeSituation.ProvisionerOf(situation.Node)} runs as many operations as it may. An operator that is gone recorded it, and it has not begun.");
                break;
            case NodeDecision.Begin begin:
                Work(ConditionStatus.False, begin.Reason, begin.Message);
                break;
            case NodeDecision.Abandon abandon:
                Work(ConditionStatus.False, abandon.Reason, abandon.Message);
                break;
            default:
                Work(ConditionStatus.False, Reasons.OperationRunning, operation is null ? "An operation has ended; what follows is found out next." : Describe(operation));
                break;
        }

        void Work(ConditionStatus ready, string reason, string message) =>
            set.Set(ConditionTypes.Ready, ready, reason, Say(message)).Set(ConditionTypes.Reconciling, ConditionStatus.True, reason, Say(message));

        string Say(string message) => outlook is null ? message : $"{BoundedText.Cut(message.TrimEnd('.'), ConditionSet.LongestMessage - outlook.Length - 2)}. {outlook}";
    }

    private static string Describe(OperationStatus operation) => $"{Subject(operation)}: {operation.Message ?? operation.Step ?? "beginning"}";

    private static string Subject(OperationStatus operation) => operation.Target is { Length: > 0 } name ? $"{operation.Kind} {name}" : $"{operation.Kind}";

    private static string LastAttempt(NodeStatus status, NodeDecision.WaitToRetry wait) => status.Retry is { } retry && retry.NextTime == wait.Until
        ? $"Attempt {retry.Attempt} failed with {retry.Reason}: {retry.Message}"
        : "The last operation succeeded, but the machine is not as declared.";

    private static string RestMessage(NodeSituation situation, NodeDecision.Rest rest) =>
        rest.Reason == Reasons.PoweredOff && situation.DesiredImage is { } image && !LoadedIs(situation, image.Digest)
            ? $"{rest.Message} {image.Name} will be loaded when it may be on."
            : rest.Message;

    private static void SetFacts(ConditionSet set, NodeSituation situation, Observation observation, NodeDecision decision)
    {
        SetReachable(set, situation, observation);
        SetPower(set, situation, observation);
        SetImage(set, situation, decision);

        var accepted = observation.CredentialsAccepted;
        if (accepted.IsYes && situation.Node.Spec.OperatingSystem is { Type: not OperatingSystemType.None, HostKeyPolicy: HostKeyPolicy.TrustAfterLoad })
            set.Set(ConditionTypes.CredentialsValid, ConditionStatus.True, Reasons.HostKeyTrustedAfterLoad, "The login was accepted. The machine's host key was trusted at first sight, because hostKeyPolicy is TrustAfterLoad: whoever controlled the network then could pose as the machine.");
        else if (accepted.IsYes)
            set.Set(ConditionTypes.CredentialsValid, ConditionStatus.True, accepted.Reason ?? Reasons.CredentialsAccepted, accepted.Detail ?? "The login was accepted.");
        else if (accepted.IsNo)
            set.Set(ConditionTypes.CredentialsValid, ConditionStatus.False, accepted.Reason ?? Reasons.CredentialsRefused, accepted.Detail ?? "The login was refused.");
        else
            set.Keep(ConditionTypes.CredentialsValid);
    }

    private static void SetReachable(ConditionSet set, NodeSituation situation, Observation observation)
    {
        if (observation.Exists.IsUnknown)
            set.Set(ConditionTypes.Reachable, ConditionStatus.False, observation.Exists.Reason ?? Reasons.HostUnreachable, observation.Exists.Detail ?? "The provisioner's endpoint gives no answer.");
        else if (!situation.Desired.HasOperatingSystem)
            set.Set(ConditionTypes.Reachable, ConditionStatus.True, Reasons.Answering, "The provisioner's endpoint answers; the machine itself is not asked.");
        else if (observation.Ssh.IsYes)
            set.Set(ConditionTypes.Reachable, ConditionStatus.True, Reasons.Answering, "The machine answers SSH.");
        else if (observation.Power.Value == PowerValue.Off)
            set.Set(ConditionTypes.Reachable, ConditionStatus.False, Reasons.PoweredOff, "The machine is off.");
        else
            set.Set(ConditionTypes.Reachable, ConditionStatus.False, observation.Ssh.Reason ?? Reasons.SshUnreachable, observation.Ssh.Detail ?? "The machine does not answer SSH.");
    }

    private static void SetPower(ConditionSet set, NodeSituation situation, Observation observation)
    {
        var (wanted, power) = (situation.Node.Spec.PowerState, observation.Power);
        if (wanted is null)
            set.Set(ConditionTypes.PowerMatched, ConditionStatus.True, Reasons.PowerNotManaged, "spec.powerState is not set.");
        else if (power.Value == PowerValue.Unknown && observation.Exists.IsNo && wanted == PowerState.PoweredOff)
            set.Set(ConditionTypes.PowerMatched, ConditionStatus.True, Reasons.MachineMissing, "The machine does not exist, so it is not on.");
        else if (power.Value == PowerValue.Unknown && !situation.IsOn)
            set.Set(ConditionTypes.PowerMatched, ConditionStatus.Unknown, power.Reason ?? Reasons.UnexpectedAnswer, power.Detail ?? "The power state could not be read.");
        else if (situation.IsOn == (wanted == PowerState.PoweredOn))
            set.Set(ConditionTypes.PowerMatched, ConditionStatus.True, Reasons.AsDeclared, power is { Value: not PowerValue.Unknown, Detail: { } detail } ? detail : $"The machine is {(situation.IsOn ? "on" : "off")}.");
        else
            set.Set(ConditionTypes.PowerMatched, ConditionStatus.False, Reasons.PowerDiffers, $"The machine is {(situation.IsOn ? "on" : "off")}.");
    }

    private static void SetImage(ConditionSet set, NodeSituation situation, NodeDecision decision)
    {
        var verdict = situation.Verdict!;
        var (status, reason, message) = verdict.Verdict switch
        {
            NodeVerdict.Ready => (ConditionStatus.True, verdict.Reason, verdict.Message),
            NodeVerdict.Unknown when verdict.Reason == Reasons.PoweredOff && situation.DesiredImage is { } image && LoadedIs(situation, image.Digest) =>
                (ConditionStatus.True, Reasons.PoweredOff, $"{image.Name} {LastVerified(situation)}; the machine is off."),
            NodeVerdict.Unknown => (ConditionStatus.Unknown, verdict.Reason, verdict.Message),
            _ when decision is NodeDecision.Rest { Reason: Reasons.PoweredOff } =>
                (ConditionStatus.False, Reasons.PoweredOff, $"{verdict.Message} The machine is declared off and is not woken to be loaded."),
            _ => (ConditionStatus.False, verdict.Reason, verdict.Message),
        };
        set.Set(ConditionTypes.ImageMatched, status, reason, message);
    }

    private static string LastVerified(NodeSituation situation) => situation.Status.LoadedImage?.VerifiedTime is { } time
        ? $"was last verified on the machine at {time:u}"
        : "was recorded as loaded and not yet verified on the machine";

    private static bool LoadedIs(NodeSituation situation, string digest) =>
        situation.Status.LoadedImage is { State: not LoadState.Loading } loaded && (loaded.Digest == digest || (loaded.Digest.Length == 0 && loaded.Name == situation.DesiredImage?.Name));
}

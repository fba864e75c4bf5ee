using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;

namespace Provisioning.Core.Decisions;

/// <summary>Decides about a Node that is being deleted. It always ends: what cannot be done within <see cref="DeletionOutlook.Grace"/> is left behind and named.</summary>
internal static class DeletionDecider
{
    public static NodeDecision Decide(NodeSituation situation)
    {
        var node = situation.Node;
        if (DeletionOutlook.EndTime(node) is not { } end)
            return new NodeDecision.Hold();
        var isOverdue = situation.Now >= end;
        if (!isOverdue && OperationDecider.AwaitsCapture(situation))
            return new NodeDecision.AwaitCapture();
        if (situation.Provisioner is null)
            return Release(node, "its Provisioner does not exist");
        if (isOverdue)
            return Release(node, $"it could not be finished within {DeletionOutlook.Grace.TotalMinutes:0} minutes ({LastProblem(situation)})");
        if (situation.Status.Operation is { } operation)
            return DecideOperation(situation, operation);
        if (node.Spec.DeletionPolicy == DeletionPolicy.Retain)
            return new NodeDecision.Release(null);
        if (node.Spec.ManagementPolicy != ManagementPolicy.Manage)
            return Release(node, $"managementPolicy is {node.Spec.ManagementPolicy}");
        if (situation.Obstacle is { } obstacle && situation.Observation is null)
            return obstacle.NeedsPerson ? Release(node, obstacle.Message) : new NodeDecision.LookAgain(obstacle.Reason, obstacle.Message);
        if (situation.Observation is not { } observation)
            return new NodeDecision.LookAgain(Reasons.NotProbed, "The machine has not been looked at yet.");

        return node.Spec.DeletionPolicy == DeletionPolicy.Unload ? DecideUnload(situation, observation) : DecidePowerOff(situation, observation);
    }

    private static NodeDecision DecideOperation(NodeSituation situation, OperationStatus operation)
    {
        if (operation.Phase != OperationPhase.Running)
            return new NodeDecision.Settle();
        if (situation.Node.Spec.ManagementPolicy != ManagementPolicy.Manage)
            return Release(situation.Node, $"the operation {operation.Kind} was held by managementPolicy {situation.Node.Spec.ManagementPolicy}");
        return operation.Kind is OperationKind.Unload or OperationKind.PowerOff
            ? new NodeDecision.Continue()
            : new NodeDecision.Abandon(Reasons.Deleting, "The Node is being deleted.");
    }

    private static NodeDecision DecideUnload(NodeSituation situation, Observation observation)
    {
        if (observation.Exists.IsNo || IsDone(situation, OperationKind.Unload))
            return new NodeDecision.Release(null);
        if (observation.Exists.IsUnknown)
            return new NodeDecision.LookAgain(observation.Exists.Reason ?? Reasons.HostUnreachable, observation.Exists.Detail ?? "Could not tell whether the machine exists.");
        return Try(situation, OperationKind.Unload, "Unloading the machine, because its Node is deleted.");
    }

    private static NodeDecision DecidePowerOff(NodeSituation situation, Observation observation)
    {
        if (observation.Exists.IsNo || observation.Power.Value == PowerValue.Off)
            return new NodeDecision.Release(null);
        return !situation.IsOn
            ? new NodeDecision.LookAgain(observation.Power.Reason ?? Reasons.HostUnreachable, observation.Power.Detail ?? "The power state could not be read.")
            : Try(situation, OperationKind.PowerOff, "Powering the machine off, because its Node is deleted.");
    }

    private static NodeDecision Try(NodeSituation situation, OperationKind kind, string message)
    {
        if (!situation.Supported.Contains(kind))
            return Release(situation.Node, $"the provisioner has no {kind}");

        var begin = new NodeDecision.Begin(kind, Reasons.Deleting, message, Goal: $"{kind}:deletion|{situation.Circumstances}");
        return AttemptLimits.Apply(situation, begin) switch
        {
            // A Node that is deleted waits for nobody to mend anything. An approval it does wait for, as long as its grace lasts.
            NodeDecision.Stall stall => Release(situation.Node, stall.Message.TrimEnd('.')),
            var decision => Approvals.Apply(situation, decision),
        };
    }

    private static bool IsDone(NodeSituation situation, OperationKind kind) =>
        situation.Status.History.Count > 0
        && situation.Status.History[0] is { Phase: OperationPhase.Succeeded } last
        && last.Kind == kind
        && last.FinishedTime >= situation.Node.Metadata.DeletionTimestamp;

    private static NodeDecision.Release Release(Node node, string why)
    {
        var left = DeletionOutlook.Left(node, node.Status?.Operation);
        return new(left.Length == 0 ? null : $"Left behind: {left}. Why: {why.TrimEnd('.')}.");
    }

    /// <summary>What stood in the way last: a look or a cleaning up, before a failed attempt that may be long ago.</summary>
    private static string LastProblem(NodeSituation situation) => situation.Status.PendingPlan is { } plan
        ? $"the plan {plan.Id} was not approved"
        : (situation.Status.ObserveRetry?.Message ?? situation.Obstacle?.Message ?? situation.Status.Retry?.Message) is { Length: > 0 } problem
            ? problem.TrimEnd('.')
            : situation.Status.Operation?.Message is { Length: > 0 } doing ? doing.TrimEnd('.') : "the machine did not answer";
}

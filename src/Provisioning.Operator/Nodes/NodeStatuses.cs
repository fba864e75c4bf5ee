using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;
using Provisioning.Core.Status;

namespace Provisioning.Operator.Nodes;

/// <summary>Completes a Node's status for writing.</summary>
internal static class NodeStatuses
{
    /// <summary>Adds conditions, generation and what waits for an approval to a status.</summary>
    public static NodeStatus Compose(NodeWork work, NodeDecision decision, NodeStatus status) => status with
    {
        PendingPlan = (decision as NodeDecision.Stall)?.Plan,
        ObservedGeneration = work.Stored.Metadata.Generation ?? 0,
        Conditions = NodeConditions.Compose(work.With(status).Situation, decision, status),
    };
}

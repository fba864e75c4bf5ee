using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;
using Provisioning.Core.Status;

namespace Provisioning.Core.Tests.Health;

/// <summary>What would be written for a decision: facts and conditions.</summary>
internal static class ComposedStatus
{
    public static NodeStatus Of(NodeSituation situation, NodeDecision decision)
    {
        var status = NodeReports.WithObservation(situation.Status, situation);
        return status with
        {
            PendingPlan = (decision as NodeDecision.Stall)?.Plan,
            ObservedGeneration = situation.Node.Metadata.Generation ?? 0,
            Conditions = NodeConditions.Compose(situation, decision, status),
        };
    }

    public static Condition? Find(this NodeStatus status, string type) => status.Conditions.SingleOrDefault(condition => condition.Type == type);

    public static bool Is(this NodeStatus status, string type) => status.Find(type)?.Status == ConditionStatus.True;
}

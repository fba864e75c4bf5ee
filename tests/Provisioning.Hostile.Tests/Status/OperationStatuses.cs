using System.Text.Json;
using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;
using Provisioning.Operator.Nodes;

namespace Provisioning.Hostile.Tests.Status;

/// <summary>What becomes of an outcome in a Node's status.</summary>
internal static class OperationStatuses
{
    public static void Check(OperationOutcome outcome, OperationKind kind)
    {
        var status = new NodeStatus { Operation = new OperationStatus { Id = "op", Kind = kind, Target = "image", StartedTime = DateTimeOffset.UnixEpoch } };
        status = outcome.Phase switch
        {
            OperationPhase.Running => OperationTransitions.Advance(status, outcome, DateTimeOffset.UnixEpoch),
            OperationPhase.Succeeded => OperationTransitions.Succeed(status, outcome, DateTimeOffset.UnixEpoch),
            _ => OperationTransitions.Fail(OperationTransitions.Absorb(status, outcome), new(outcome.Reason!, outcome.Message, NeedsPerson: false, outcome.MachineUntouched), DateTimeOffset.UnixEpoch, random: 0),
        };
        CleanJson.Check(JsonSerializer.SerializeToNode(status, ApiJsonContext.Default.NodeStatus)!);
    }
}

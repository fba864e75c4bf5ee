using Provisioning.Api;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Core.Status;

namespace Provisioning.Core.Decisions;

/// <summary>Tells a machine that is not up yet from one that has fallen silent.</summary>
internal static class Booting
{
    /// <summary>When the machine was switched on, if it may still be booting; null if it had its time, or has been Ready or in trouble since.</summary>
    public static DateTimeOffset? Since(NodeSituation situation)
    {
        var started = situation.Status.History.FirstOrDefault(record => record is { Phase: OperationPhase.Succeeded, Kind: OperationKind.Load or OperationKind.PowerOn or OperationKind.PowerReset });
        if (started is null || situation.Provisioner is not { } provisioner || situation.Now >= started.FinishedTime.AddSeconds(provisioner.Timeouts.BootSeconds))
            return null;
        return situation.Status.Conditions.FirstOrDefault(condition => condition.Type == ConditionTypes.Ready) switch
        {
            { Status: ConditionStatus.True } => null,
            { Reason: not Reasons.Booting } ready when ready.LastTransitionTime > started.FinishedTime => null,
            _ => started.FinishedTime,
        };
    }
}

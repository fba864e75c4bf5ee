using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;

namespace Provisioning.Core.Tests.Health;

internal enum KstatusResult
{
    InProgress,
    Failed,
    Current,
    Terminating,
}

/// <summary>
/// The rules of kstatus for a custom resource, which Flux and <c>kubectl</c>-like tools follow:
/// https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/status/generic.go and status.go.
/// </summary>
internal static class Kstatus
{
    public static KstatusResult Of(ObjectMeta metadata, NodeStatus? status)
    {
        if (metadata.DeletionTimestamp is not null)
            return KstatusResult.Terminating;
        if (status is { ObservedGeneration: not 0 } && status.ObservedGeneration != metadata.Generation)
            return KstatusResult.InProgress;

        var conditions = status?.Conditions ?? [];
        foreach (var condition in conditions)
        {
            switch (condition)
            {
                case { Type: "Reconciling", Status: ConditionStatus.True }:
                    return KstatusResult.InProgress;
                case { Type: "Stalled", Status: ConditionStatus.True }:
                    return KstatusResult.Failed;
            }
        }

        // Without a condition Ready an object counts as current.
        return conditions.FirstOrDefault(condition => condition.Type == "Ready")?.Status is null or ConditionStatus.True ? KstatusResult.Current : KstatusResult.InProgress;
    }
}

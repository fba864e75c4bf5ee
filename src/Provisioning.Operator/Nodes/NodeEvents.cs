using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Core.Status;
using Provisioning.Kubernetes.Events;

namespace Provisioning.Operator.Nodes;

/// <summary>The events of Nodes: what happened, once, where a user looks for it.</summary>
internal sealed class NodeEvents(IEventRecorder recorder)
{
    /// <summary>An operation succeeded.</summary>
    public void Succeeded(Node node, OperationStatus operation, string message) =>
        recorder.Record(node, EventType.Normal, SuccessReason(operation.Kind), operation.Kind.ToString(), message);

    /// <summary>An operation failed.</summary>
    public void Failed(Node node, OperationStatus operation, OperationFailure failure) =>
        recorder.Record(node, EventType.Warning, failure.Reason, operation.Kind.ToString(), $"{operation.Kind} failed: {failure.Message}");

    /// <summary>Something was left behind that a person may want to remove.</summary>
    public void LeftBehind(Node node, string message) => recorder.Record(node, EventType.Warning, nameof(LeftBehind), "Delete", message);

    /// <summary>Tells of a stall, or of a machine that can no longer be told, when it begins.</summary>
    public void Changed(Node before, NodeStatus after)
    {
        foreach (var type in (ReadOnlySpan<string>)[ConditionTypes.Stalled, ConditionTypes.Ready])
        {
            var now = Find(after.Conditions, type);
            var was = Find(before.Status?.Conditions ?? [], type);
            var isTrouble = type == ConditionTypes.Stalled ? now?.Status == ConditionStatus.True : now?.Status == ConditionStatus.Unknown;
            if (now is not null && isTrouble && (was?.Status != now.Status || was.Reason != now.Reason))
                recorder.Record(before, EventType.Warning, now.Reason, "Reconcile", now.Message);
        }
    }

    private static Condition? Find(IList<Condition> conditions, string type) => conditions.FirstOrDefault(condition => condition.Type == type);

    private static string SuccessReason(OperationKind kind) => kind switch
    {
        OperationKind.Load => "Loaded",
        OperationKind.PostLoad => "Configured",
        OperationKind.Capture => "Captured",
        OperationKind.PowerOn => "PoweredOn",
        OperationKind.PowerOff => "PoweredOff",
        OperationKind.PowerReset => "PowerReset",
        _ => "Unloaded",
    };
}

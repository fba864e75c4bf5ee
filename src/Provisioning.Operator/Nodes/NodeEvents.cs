using Provisioning.Api;
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
    public void LeftBehind(Node node, string message) => recorder.Record(node, EventType.Warning, Reasons.LeftBehind, "Delete", message);

    /// <summary>Tells of a stall, or of a machine that can no longer be told, when it begins; of a failed operation that was told already only once.</summary>
    public void Changed(Node before, NodeStatus after)
    {
        if (Trouble(after.Conditions) is not { } trouble || Trouble(before.Status?.Conditions ?? [])?.Reason == trouble.Reason)
            return;
        var isTold = after.History is [{ Phase: OperationPhase.Failed } last, ..] && last.Reason == trouble.Reason && before.Status?.History.Any(record => record.Id == last.Id) != true;
        if (!isTold)
            recorder.Record(before, EventType.Warning, trouble.Reason, "Reconcile", trouble.Message);
    }

    /// <summary>The one condition that a person should hear of. Who pauses a Node knows that nothing is known of it.</summary>
    private static Condition? Trouble(IList<Condition> conditions) =>
        conditions.FirstOrDefault(condition => condition is { Type: ConditionTypes.Stalled, Status: ConditionStatus.True })
        ?? conditions.FirstOrDefault(condition => condition is { Type: ConditionTypes.Ready, Status: ConditionStatus.Unknown, Reason: not Reasons.Paused });

    private static string SuccessReason(OperationKind kind) => kind switch
    {
        OperationKind.Load => Reasons.Loaded,
        OperationKind.PostLoad => Reasons.Configured,
        OperationKind.Capture => Reasons.Captured,
        OperationKind.PowerOn => Reasons.PoweredOn,
        OperationKind.PowerOff => Reasons.PoweredOff,
        OperationKind.PowerReset => Reasons.PowerReset,
        _ => Reasons.Unloaded,
    };
}

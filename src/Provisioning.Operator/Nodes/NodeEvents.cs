using System.Collections.Concurrent;
using Provisioning.Api;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;
using Provisioning.Core.Status;
using Provisioning.Engines.Operations;
using Provisioning.Kubernetes;
using Provisioning.Kubernetes.Events;
using Provisioning.Operator.Images;

namespace Provisioning.Operator.Nodes;

/// <summary>The events of Nodes: what happened, once, where a user looks for it.</summary>
internal sealed class NodeEvents(IEventRecorder recorder)
{
    // Whose trouble was told. Between a stall and its end lie the writes of the operations that mend it. Lost with the process: then, at worst, an end is not told.
    private readonly ConcurrentDictionary<NamespacedName, bool> _troubled = new();

    /// <summary>An operation succeeded.</summary>
    public static NodeEvent Succeeded(OperationStatus operation, OperationOutcome outcome) => new(
        EventType.Normal,
        SuccessReason(operation.Kind),
        operation.Kind.ToString(),
        outcome.CapturedImage is { } captured ? $"Captured into Image {operation.Target} (file {captured.FileName}, {ImageStatuses.ForPeople(captured.SizeBytes)})." : outcome.Message);

    /// <summary>An operation failed.</summary>
    public static NodeEvent Failed(OperationStatus operation, OperationFailure failure) =>
        new(EventType.Warning, failure.Reason, operation.Kind.ToString(), $"{operation.Kind} failed: {failure.Message}");

    /// <summary>Something was left behind that a person may want to remove.</summary>
    public static NodeEvent LeftBehind(string message) => new(EventType.Warning, Reasons.LeftBehind, "Delete", message);

    /// <summary>A deletion cannot go on: for what it waits, until when, and what would stay. Null if it goes on, or if that was told.</summary>
    public static NodeEvent? DeletionWaits(Node before, NodeDecision decision, NodeStatus after) =>
        decision is NodeDecision.LookAgain or NodeDecision.WaitToRetry or NodeDecision.Stall or NodeDecision.Abandon
        && DeletionOutlook.EndTime(before) is not null && !DeletionOutlook.IsTold(before)
        && after.Conditions.FirstOrDefault(condition => condition.Type == ConditionTypes.Ready) is { Message: { } message } ready
            ? new(EventType.Warning, ready.Reason, "Delete", message)
            : null;

    /// <summary>Tells what has happened to a Node.</summary>
    public void Tell(Node node, IReadOnlyList<NodeEvent> happened)
    {
        foreach (var item in happened)
            recorder.Record(node, item.Type, item.Reason, item.Action, item.Message);
    }

    /// <summary>
    /// Tells what has happened to a Node whose status was written, and besides: a stall, or a machine that can no longer be told, when it begins and when it is
    /// over. A stall for an operation whose failure is told is not told twice.
    /// </summary>
    /// <param name="before">The Node before the write.</param>
    /// <param name="after">The status that was written.</param>
    /// <param name="happened">What has happened.</param>
    public void Tell(Node before, NodeStatus after, IReadOnlyList<NodeEvent> happened)
    {
        Tell(before, happened);
        var key = NamespacedName.Of(before);
        var former = Trouble(before.Status?.Conditions ?? []);
        var trouble = Trouble(after.Conditions);
        if (trouble is not null || former is not null)
            _troubled[key] = true;

        if (trouble is not null && trouble.Reason != former?.Reason && !happened.Any(item => item.Type == EventType.Warning && item.Reason == trouble.Reason))
            Tell(before, [new(EventType.Warning, trouble.Reason, "Reconcile", trouble.Message)]);
        if (after.Conditions.Any(condition => condition is { Type: ConditionTypes.Ready, Status: ConditionStatus.True }) && _troubled.TryRemove(key, out _))
            Tell(before, [new(EventType.Normal, Reasons.Recovered, "Reconcile", "The machine is as declared again.")]);
    }

    /// <summary>Drops what is remembered of a Node that is gone.</summary>
    public void Forget(NamespacedName key) => _troubled.TryRemove(key, out _);

    /// <summary>The one condition that a person should hear of. Who pauses a Node knows that nothing is known of it, and neither a machine that boots nor an image on its way is trouble.</summary>
    private static Condition? Trouble(IList<Condition> conditions) =>
        conditions.FirstOrDefault(condition => condition is { Type: ConditionTypes.Stalled, Status: ConditionStatus.True })
        ?? conditions.FirstOrDefault(condition => condition is { Type: ConditionTypes.Ready, Status: ConditionStatus.Unknown, Reason: not (Reasons.Paused or Reasons.Booting or Reasons.ImageFetching) });

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

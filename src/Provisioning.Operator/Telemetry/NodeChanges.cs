using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Core.Status;

namespace Provisioning.Operator.Telemetry;

/// <summary>What has changed from one written status of a Node to the next. Pure.</summary>
internal static class NodeChanges
{
    /// <summary>The changes in the order in which they came about.</summary>
    public static IEnumerable<NodeChange> Between(NodeStatus? before, NodeStatus after)
    {
        foreach (var record in NewRecords(before, after))
            yield return new NodeChange.Ended(record, before?.Operation is { } last && last.Id == record.Id ? last : null);
        if (after.Retry is { NextTime: not null } retry && retry.Attempt > (before?.Retry?.Goal == retry.Goal ? before.Retry.Attempt : 0))
            yield return new NodeChange.Retries(retry);
        if (after.Operation is { Phase: OperationPhase.Running } operation)
        {
            if (operation.Id != before?.Operation?.Id)
                yield return new NodeChange.Began(operation);
            if (operation.Step is not null && (operation.Id != before?.Operation?.Id || operation.Step != before.Operation.Step))
                yield return new NodeChange.Stepped(operation);
        }

        if (after.Queue is { } queue && before?.Queue is null)
            yield return new NodeChange.Queued(queue);
        if (Verdict(before?.Conditions, after.Conditions) is { } verdict)
            yield return verdict;
    }

    /// <summary>The history is newest first; what stands before the newest that was known is new.</summary>
    private static IEnumerable<OperationRecord> NewRecords(NodeStatus? before, NodeStatus after) =>
        after.History.TakeWhile(record => before is null || before.History.Count == 0 || record.Id != before.History[0].Id).Reverse();

    private static NodeChange? Verdict(IList<Condition>? before, IList<Condition> after)
    {
        if (NodeStates.Find(after, ConditionTypes.Stalled) is { Status: ConditionStatus.True } stalled)
            return IsNew(before, stalled) ? new NodeChange.Stalled(stalled.Reason, stalled.Message) : null;
        return NodeStates.Find(after, ConditionTypes.Ready) switch
        {
            { Status: ConditionStatus.Unknown, Reason: not (Api.Reasons.Paused or Api.Reasons.Booting or Api.Reasons.ImageFetching) } unknown when IsNew(before, unknown) => new NodeChange.Unknown(unknown.Reason, unknown.Message),
            { Status: ConditionStatus.True } ready when IsNew(before, ready) => new NodeChange.Ready(ready.Reason, ready.Message),
            _ => null,
        };
    }

    private static bool IsNew(IList<Condition>? before, Condition condition) =>
        before is null || NodeStates.Find(before, condition.Type) is not { } old || old.Status != condition.Status || old.Reason != condition.Reason;
}

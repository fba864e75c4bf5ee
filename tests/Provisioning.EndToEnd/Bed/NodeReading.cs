using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;

namespace Provisioning.EndToEnd.Bed;

/// <summary>What tests ask of objects.</summary>
public static class NodeReading
{
    /// <summary>A condition of a Node; null if it is absent.</summary>
    public static Condition? Condition(this Node node, string type) => node.Status?.Conditions.FirstOrDefault(condition => condition.Type == type);

    /// <summary>Whether the Node is as its present spec declares.</summary>
    public static bool IsReady(this Node node) => node.Status?.ObservedGeneration == node.Metadata.Generation && node.Condition("Ready")?.Status == ConditionStatus.True;

    /// <summary>Whether it is not known what is on the machine, for a reason.</summary>
    public static bool IsUnknown(this Node node, string reason) =>
        node.Status?.ObservedGeneration == node.Metadata.Generation && node.Condition("Ready") is { Status: ConditionStatus.Unknown } ready && ready.Reason == reason;

    /// <summary>Whether a person must act, for a reason.</summary>
    public static bool IsStalled(this Node node, string reason) =>
        node.Status?.ObservedGeneration == node.Metadata.Generation && node.Condition("Stalled") is { Status: ConditionStatus.True } stalled && stalled.Reason == reason;

    /// <summary>Operations of a kind that ended well, newest first.</summary>
    public static IReadOnlyList<OperationRecord> Succeeded(this Node node, OperationKind kind) =>
        [.. node.Status?.History.Where(record => record.Kind == kind && record.Phase == OperationPhase.Succeeded) ?? []];
}

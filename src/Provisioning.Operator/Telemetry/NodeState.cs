using Provisioning.Api;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Core.Status;

namespace Provisioning.Operator.Telemetry;

/// <summary>The one state that a Node counts under.</summary>
internal enum NodeState
{
    /// <summary>Not looked at yet.</summary>
    New,

    /// <summary>As declared.</summary>
    Ready,

    /// <summary>An operation is under way.</summary>
    Working,

    /// <summary>Waits in the line of its Provisioner.</summary>
    Queued,

    /// <summary>Waits for the next attempt, for an image or for another thing that comes by itself.</summary>
    Waiting,

    /// <summary>The machine cannot be told.</summary>
    Unknown,

    /// <summary>A person must act.</summary>
    Stalled,

    /// <summary>A person has taken it out of the operator's hands.</summary>
    Paused,
}

/// <summary>Reads the state of a Node off its status.</summary>
internal static class NodeStates
{
    public static NodeState Of(Node node)
    {
        if (node.Status is not { } status)
            return NodeState.New;
        if (node.Spec.ManagementPolicy == ManagementPolicy.Paused)
            return NodeState.Paused;
        if (StallOf(node) is not null)
            return NodeState.Stalled;
        if (status.Operation is not null)
            return NodeState.Working;
        if (status.Queue is not null)
            return NodeState.Queued;
        return Find(status.Conditions, ConditionTypes.Ready)?.Status switch
        {
            ConditionStatus.True => NodeState.Ready,
            ConditionStatus.Unknown => NodeState.Unknown,
            ConditionStatus.False => NodeState.Waiting,
            _ => NodeState.New,
        };
    }

    /// <summary>Why a person must act; null if none must.</summary>
    public static string? StallOf(Node node) =>
        node.Status is { } status && Find(status.Conditions, ConditionTypes.Stalled) is { Status: ConditionStatus.True } stalled ? stalled.Reason : null;

    public static Condition? Find(IList<Condition> conditions, string type)
    {
        foreach (var condition in conditions)
        {
            if (condition.Type == type)
                return condition;
        }

        return null;
    }
}

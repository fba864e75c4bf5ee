using Provisioning.Api.Nodes;

namespace Provisioning.Operator.Telemetry;

/// <summary>Something about a Node that a person who reads logs, or an alert, cares about.</summary>
internal abstract record NodeChange
{
    private NodeChange()
    {
    }

    /// <summary>An operation was recorded and begins.</summary>
    public sealed record Began(OperationStatus Operation) : NodeChange;

    /// <summary>An operation has come to another step.</summary>
    public sealed record Stepped(OperationStatus Operation) : NodeChange;

    /// <summary>An operation has ended. The status that it had last; null if it was never seen.</summary>
    public sealed record Ended(OperationRecord Record, OperationStatus? Last) : NodeChange;

    /// <summary>The next attempt is due at a time.</summary>
    public sealed record Retries(RetryStatus Retry) : NodeChange;

    /// <summary>The Node waits in the line of its Provisioner.</summary>
    public sealed record Queued(QueueStatus Queue) : NodeChange;

    /// <summary>A person must act.</summary>
    public sealed record Stalled(string Reason, string Message) : NodeChange;

    /// <summary>The machine cannot be told.</summary>
    public sealed record Unknown(string Reason, string Message) : NodeChange;

    /// <summary>The machine is as declared now.</summary>
    public sealed record Ready(string Reason, string Message) : NodeChange;
}

using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;
using Provisioning.Operator.Status;
using Provisioning.Operator.Telemetry;

namespace Provisioning.Operator.Nodes;

/// <summary>Writes the status of Nodes, and tells what it says only after that: told before, it would be told again after each conflict.</summary>
internal sealed class NodeWriter(StatusWriter<Node, NodeSpec, NodeStatus> writer, NodeEvents events, NodeJournal journal)
{
    /// <summary>Composes the status for a decision, writes it and tells the events.</summary>
    /// <returns>The work as it is then.</returns>
    public async Task<NodeWork> WriteAsync(NodeWork work, NodeDecision decision, NodeStatus status, CancellationToken cancellationToken)
    {
        var composed = NodeStatuses.Compose(work, decision, status);
        var written = await writer.WriteAsync(work.Stored, composed, cancellationToken);
        events.Tell(work.Stored, composed, NodeEvents.DeletionWaits(work.Stored, decision, composed) is { } waits ? [.. work.Untold, waits] : work.Untold);
        journal.Wrote(work.Key, work.Situation.Provisioner?.Type, work.Stored.Status, composed);
        return work.WithStored(written) with { Untold = [] };
    }

    /// <summary>Tells what has happened to a Node that goes away, so that its status is not written any more.</summary>
    public void TellLast(NodeWork work)
    {
        events.Tell(work.Stored, work.Untold);
        journal.Wrote(work.Key, work.Situation.Provisioner?.Type, work.Stored.Status, work.Situation.Status);
    }
}

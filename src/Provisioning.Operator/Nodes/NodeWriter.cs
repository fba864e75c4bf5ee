using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;
using Provisioning.Operator.Status;

namespace Provisioning.Operator.Nodes;

/// <summary>Writes the status of Nodes, and tells what it says only after that: told before, it would be told again after each conflict.</summary>
internal sealed class NodeWriter(StatusWriter<Node, NodeSpec, NodeStatus> writer, NodeEvents events)
{
    /// <summary>Composes the status for a decision, writes it and tells the events.</summary>
    /// <returns>The work as it is then.</returns>
    public async Task<NodeWork> WriteAsync(NodeWork work, NodeDecision decision, NodeStatus status, CancellationToken cancellationToken)
    {
        var composed = NodeStatuses.Compose(work, decision, status);
        var written = await writer.WriteAsync(work.Stored, composed, cancellationToken);
        events.Tell(work.Stored, composed, work.Untold);
        return work.WithStored(written) with { Untold = [] };
    }
}

using Provisioning.Core.Decisions;
using Provisioning.Core.Status;

namespace Provisioning.Operator.Nodes;

/// <summary>
/// Lets a recorded operation go on only where it has a place. One that this operator began, or found when it began to lead, has one; the record of another one was on its way while its operator died. Nobody counted
/// that one, and it has had no effect yet, so it waits in line as if it were to begin.
/// </summary>
internal sealed class OperationAdmission(NodeWriter writer, OperationLimiter limiter, TimeProvider time)
{
    /// <summary>Admits the operation, or puts it in line.</summary>
    /// <returns>The work as it is then, and whether the operation may go on.</returns>
    public async Task<(NodeWork Work, bool MayRun)> AdmitAsync(NodeWork work, CancellationToken cancellationToken)
    {
        var status = work.Situation.Status;
        var limit = work.Situation.Provisioner!.Limits.ConcurrentOperations;
        var place = limiter.TryContinue(work.ProvisionerKey, work.Key, status.Operation!.Id, limit);
        if (place > 0)
        {
            var queue = QueuePlace.Tell(status.Queue, place, limit, time.GetUtcNow());
            return (await writer.WriteAsync(work, new NodeDecision.Continue(), status with { Queue = queue }, cancellationToken), false);
        }

        if (status.Queue is null)
            return (work, true);

        // Before its first effect, as with every operation that begins: the next operator must not take it for one that waits.
        work = await writer.WriteAsync(work, new NodeDecision.Continue(), OperationTransitions.LeaveLine(status, time.GetUtcNow()), cancellationToken);
        limiter.Record(work.ProvisionerKey, work.Key, new(work.Stored.Metadata.ResourceVersion));
        return (work, true);
    }
}

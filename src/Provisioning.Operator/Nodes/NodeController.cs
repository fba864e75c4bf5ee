using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;
using Provisioning.Kubernetes;
using Provisioning.Kubernetes.Controllers;

namespace Provisioning.Operator.Nodes;

/// <summary>Keeps Nodes as declared: gather, look, decide, act, write; one Node at a time, each step on its own.</summary>
internal sealed class NodeController(NodeGatherer gatherer, NodeActor actor, RestingNodes resting, TimeProvider time) : IEntityController<Node>
{
    // A reconcile can begin an operation, see it end and begin the next. More in one go would be unfair to other Nodes.
    private const int MostTurns = 8;

    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(100);

    /// <inheritdoc/>
    public async Task<ReconciliationResult> ReconcileAsync(Node entity, CancellationToken cancellationToken)
    {
        await using var gathered = await gatherer.GatherAsync(entity, cancellationToken);
        if (Sooner(resting.Remaining(gathered), gathered.Situation) is var left && left > TimeSpan.Zero)
            return ReconciliationResult.After(left);

        var work = WithFirstStatus(gathered);
        for (var turn = 0; turn < MostTurns; turn++)
        {
            if (work.HasMoved)
                return await actor.LeaveFormerMachineAsync(work, cancellationToken);
            if (NeedsLook(work.Situation))
                work = await gatherer.ObserveAsync(work, cancellationToken);
            var (next, result) = await actor.ActAsync(work, NodeDecider.Decide(work.Situation), cancellationToken);
            if (result is { } done)
                return done.RequeueAfter is { } pause ? ReconciliationResult.After(Positive(Sooner(pause, next.Situation))) : done;
            work = next;
        }

        return ReconciliationResult.After(TimeSpan.FromSeconds(1));
    }

    /// <inheritdoc/>
    public Task OnGoneAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        actor.Forget(key);
        return Task.CompletedTask;
    }

    /// <summary>A Node that is seen for the first time: the tokens that it brings along ask for nothing.</summary>
    private static NodeWork WithFirstStatus(NodeWork work) => work.Stored.Status is not null
        ? work
        : work.With(new() { HandledPowerResetToken = work.Stored.Spec.PowerResetToken, HandledReloadToken = work.Stored.Spec.ReloadToken });

    private static bool NeedsLook(NodeSituation situation)
    {
        var node = situation.Node;
        if (situation.Observation is not null || situation.Status.Operation is not null || situation.Obstacle is not null)
            return false;
        return node.Metadata.DeletionTimestamp is null
            ? node.Spec.ManagementPolicy != ManagementPolicy.Paused
            : node.Spec is { DeletionPolicy: not DeletionPolicy.Retain, ManagementPolicy: ManagementPolicy.Manage };
    }

    /// <summary>
    /// Where a login is what is wrong, its Secret is read again often: nothing else tells that it was mended. And a deletion ends in time, however long the next look may be put off; a pause
    /// is varied by up to a tenth.
    /// </summary>
    private TimeSpan Sooner(TimeSpan left, NodeSituation situation)
    {
        if (NodeActor.DependsOnSecret(situation) && left > NodeActor.SecretInterval)
            left = NodeActor.SecretInterval;
        var toEnd = (DeletionOutlook.EndTime(situation.Node) - time.GetUtcNow()) / 1.1;
        return toEnd < left ? toEnd.Value : left;
    }

    private static TimeSpan Positive(TimeSpan pause) => pause > ShortestPause ? pause : ShortestPause;
}

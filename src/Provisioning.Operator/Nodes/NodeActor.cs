using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Provisioning.Api;
using Provisioning.Api.Images;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;
using Provisioning.Core.Status;
using Provisioning.Kubernetes;
using Provisioning.Kubernetes.Caching;
using Provisioning.Kubernetes.Controllers;
using Provisioning.Kubernetes.Finalizers;
using Provisioning.Kubernetes.Rest;

namespace Provisioning.Operator.Nodes;

/// <summary>Carries a decision about a Node out. Gives the result of the reconcile, or the work to decide anew from.</summary>
internal sealed partial class NodeActor(
    NodeWriter writer,
    IResourceClient<Node> client,
    IEntityQueue<Node> queue,
    IResourceCache<Image> images,
    OperationLimiter limiter,
    OperationActor operations,
    OperationRunner runner,
    RestingNodes resting,
    NodeEvents events,
    TimeProvider time,
    Random random,
    ILogger<NodeActor> logger)
{
    /// <summary>How often a Secret that is missing or was refused is read again.</summary>
    public static readonly TimeSpan SecretInterval = TimeSpan.FromSeconds(15);

    /// <summary>How often one that waits in line asks for its place, besides being called when one is free.</summary>
    public static readonly TimeSpan QueueInterval = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<NamespacedName, string> _leftBehind = new();

    /// <summary>Carries a decision out.</summary>
    public async Task<(NodeWork Work, ReconciliationResult? Result)> ActAsync(NodeWork work, NodeDecision decision, CancellationToken cancellationToken)
    {
        switch (decision)
        {
            case NodeDecision.Begin begin:
                return await BeginAsync(work, begin, cancellationToken);
            case NodeDecision.Continue:
                return await operations.ContinueAsync(work, cancellationToken);
            case NodeDecision.Abandon abandon:
                return await operations.AbandonAsync(work, abandon, cancellationToken);
            case NodeDecision.Settle:
                return (Settle(work), null);
            case NodeDecision.Release release:
                return (work, await ReleaseAsync(work, release, cancellationToken));
            case NodeDecision.Hold when work.Stored.Metadata.DeletionTimestamp is not null:
                limiter.Forget(work.Key);
                return (work, ReconciliationResult.Done);
            default:
                return (work, await SettleDownAsync(work, decision, cancellationToken));
        }
    }

    /// <summary>Records the end of an operation at the Provisioner or the machine that the Node had before; what follows is gathered anew, with the engine and the machine that it has now.</summary>
    public async Task<ReconciliationResult> LeaveFormerMachineAsync(NodeWork work, CancellationToken cancellationToken)
    {
        await writer.WriteAsync(work, new NodeDecision.Settle(), work.Situation.Status, cancellationToken);
        return ReconciliationResult.After(TimeSpan.FromMilliseconds(100));
    }

    /// <summary>Drops what is remembered of a Node that is gone.</summary>
    public void Forget(NamespacedName key)
    {
        resting.Forget(key);
        events.Forget(key);
        limiter.Forget(key);
        _leftBehind.TryRemove(key, out _);
    }

    /// <summary>Whether a Secret is what stands in the way.</summary>
    public static bool DependsOnSecret(NodeSituation situation) =>
        situation.Obstacle?.Reason is Reasons.SecretInvalid or Reasons.CredentialsRefused
        || situation.Status.Conditions.Any(condition => condition is { Type: ConditionTypes.CredentialsValid, Status: ConditionStatus.False });

    private async Task<(NodeWork Work, ReconciliationResult? Result)> BeginAsync(NodeWork work, NodeDecision.Begin begin, CancellationToken cancellationToken)
    {
        work = work.WithCapture(begin.Capture);
        var situation = work.Situation;
        var place = limiter.TryEnter(work.ProvisionerKey, work.Key, situation.Provisioner!.Limits.ConcurrentOperations);
        if (place > 0)
            return (work, await QueueAsync(work, begin, place, cancellationToken));

        if (situation.Node.Metadata.DeletionTimestamp is null)
            work = await AddFinalizerAsync(work, cancellationToken);
        var status = NodeReports.WithObservation(OperationTransitions.Begin(situation, begin, NewOperationId(), work.Image?.ToFile()), situation) with { ObserveRetry = null };
        limiter.Record(work.ProvisionerKey, work.Key, new(work.Stored.Metadata.ResourceVersion, AskedAt: time.GetTimestamp()));
        var written = await writer.WriteAsync(work, begin, status, cancellationToken);
        limiter.Record(work.ProvisionerKey, work.Key, new(written.Stored.Metadata.ResourceVersion));
        return (written with { Situation = written.Situation with { Observation = null } }, null);
    }

    private async Task<ReconciliationResult> QueueAsync(NodeWork work, NodeDecision.Begin begin, int place, CancellationToken cancellationToken)
    {
        var position = QueuePlace.Tell(work.Situation.Status.Queue, place, work.Situation.Provisioner!.Limits.ConcurrentOperations, time.GetUtcNow());
        var status = NodeReports.WithObservation(work.Situation.Status with { Queue = position }, work.Situation);
        var told = begin with { Message = begin.Message + HeldPlaces.Describe(limiter.Held(work.ProvisionerKey)) };
        await writer.WriteAsync(work, told, status, cancellationToken);
        return ReconciliationResult.After(QueueInterval);
    }

    private NodeWork Settle(NodeWork work)
    {
        var settled = work.With(OperationTransitions.Settle(work.Situation.Status, time.GetUtcNow()));
        if (Unpublished(work) is not { } left)
            return settled;
        LogLeftBehind(work.Key.Namespace, work.Key.Name, left);
        return settled with { Untold = [.. settled.Untold, NodeEvents.LeftBehind(left)] };
    }

    /// <summary>The file of a capture that was done when its ImageCapture was deleted, and that no Image names; null if there is none.</summary>
    private string? Unpublished(NodeWork work) =>
        work.Situation.Status.Operation is { CapturedImage: { } captured } operation && work.Capture is null
        && !images.List(work.Key.Namespace).Any(image => image.Spec.Digest == captured.Digest)
            ? $"The file {captured.FileName} ({captured.Digest}) was captured at the Provisioner {work.ProvisionerName}, and its ImageCapture {operation.CaptureName} was deleted before an Image was made. Create an Image for it, or delete the file."
            : null;

    private async Task<ReconciliationResult> ReleaseAsync(NodeWork work, NodeDecision.Release release, CancellationToken cancellationToken)
    {
        // Once, and without waiting: a claim that is left can be removed by hand, and a Node must not stay for it.
        string?[] left = [release.LeftBehind, await runner.ReleaseAsync(work, cancellationToken)];
        TellLeftBehind(work, left);
        await client.RemoveFinalizerAsync(work.Stored, ApiGroup.Finalizer, cancellationToken);
        writer.TellLast(work);
        Forget(work.Key);
        return ReconciliationResult.Done;
    }

    /// <summary>Before the Node goes: whose answer is lost has no Node left of which to tell. Once, though its going is repeated after a conflict.</summary>
    private void TellLeftBehind(NodeWork work, IEnumerable<string?> left)
    {
        if (string.Join(' ', left.OfType<string>()) is not { Length: > 0 } behind || (_leftBehind.TryGetValue(work.Key, out var told) && told == behind))
            return;
        _leftBehind[work.Key] = behind;

        // A namespace that is being deleted takes no events.
        LogLeftBehind(work.Key.Namespace, work.Key.Name, behind);
        events.Tell(work.Stored, [NodeEvents.LeftBehind(behind)]);
    }

    /// <summary>The decisions after which the Node is left alone for a while.</summary>
    private async Task<ReconciliationResult> SettleDownAsync(NodeWork work, NodeDecision decision, CancellationToken cancellationToken)
    {
        var situation = work.Situation;
        if (situation.Status.Operation is null)
            await GiveBackPlaceAsync(work, cancellationToken);
        if (work.Stored.Spec.DeletionPolicy != DeletionPolicy.Retain && work.Stored.Metadata.DeletionTimestamp is null)
            work = await AddFinalizerAsync(work, cancellationToken);

        var status = NodeReports.WithObservation(situation.Status with { Queue = situation.Status.Operation is null ? null : situation.Status.Queue }, situation);
        status = ObserveRetries.Apply(status, situation with { Now = time.GetUtcNow() }, decision, random.NextDouble());
        work = await writer.WriteAsync(work, decision, status, cancellationToken);

        var pause = PauseAfter(situation, decision, status);
        if (pause is not { } duration)
            return ReconciliationResult.Done;
        resting.Rest(work, duration);
        return ReconciliationResult.After(DependsOnSecret(work.Situation) && duration > SecretInterval ? SecretInterval : duration);
    }

    private async Task GiveBackPlaceAsync(NodeWork work, CancellationToken cancellationToken)
    {
        var limit = work.Situation.Provisioner?.Limits.ConcurrentOperations ?? 1;
        var seen = work.Stored.Metadata.ResourceVersion;
        if (!limiter.IsInDoubt(work.ProvisionerKey, work.Key, seen, time))
            limiter.LeaveIfOver(work.ProvisionerKey, work.Key, limit, seen);
        else if ((await ReadNewestAsync(work.Key, cancellationToken))?.Status?.Operation is null)
            limiter.Leave(work.ProvisionerKey, work.Key, limit);
    }

    /// <summary>By a patch that changes nothing: it is answered with the newest state, and the operator has the right to it. A right to get Nodes it would need for this alone.</summary>
    private async Task<Node?> ReadNewestAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        try
        {
            return await client.PatchAsync(key, new JsonObject(), PatchKind.Merge, "status", cancellationToken);
        }
        catch (KubernetesApiException refusal) when (refusal.IsNotFound)
        {
            return null;
        }
    }

    private TimeSpan? PauseAfter(NodeSituation situation, NodeDecision decision, NodeStatus status) => decision switch
    {
        NodeDecision.Hold => null,
        NodeDecision.LookAgain or NodeDecision.Stall when status.ObserveRetry is { NextTime: { } look } => Until(look),
        NodeDecision.WaitToRetry wait => Until(wait.Until),
        NodeDecision.AwaitCapture => QueueInterval,
        NodeDecision.Stall when status.Retry is { NextTime: { } attempt } && Until(attempt) is var left && left < ObserveRetries.Slow(situation) => left,
        NodeDecision.Stall => ObserveRetries.Slow(situation),
        _ => TimeSpan.FromSeconds(situation.Provisioner?.Timeouts.ObserveSeconds ?? Backoff.Longest.TotalSeconds),
    };

    private TimeSpan Until(DateTimeOffset next)
    {
        var left = next - time.GetUtcNow();
        return left > TimeSpan.FromSeconds(1) ? left : TimeSpan.FromSeconds(1);
    }

    private async Task<NodeWork> AddFinalizerAsync(NodeWork work, CancellationToken cancellationToken)
    {
        var stored = await client.AddFinalizerAsync(work.Stored, ApiGroup.Finalizer, cancellationToken);
        queue.Wrote(work.Key, stored.Metadata.ResourceVersion);
        return work.WithMetadata(stored);
    }

    private string NewOperationId()
    {
        Span<byte> bytes = stackalloc byte[10];
        random.NextBytes(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    [LoggerMessage(2042, LogLevel.Warning, "Something of the Node {Namespace}/{Name} was left behind: {LeftBehind}")]
    private partial void LogLeftBehind(string @namespace, string name, string leftBehind);
}

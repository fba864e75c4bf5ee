using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;
using Provisioning.Core.Status;
using Provisioning.Engines.Operations;
using Provisioning.Kubernetes;
using Provisioning.Kubernetes.Controllers;

namespace Provisioning.Operator.Nodes;

/// <summary>Goes on with, and ends, the operation of a Node.</summary>
internal sealed partial class OperationActor(
    NodeWriter writer,
    OperationRunner runner,
    OperationLimiter limiter,
    OperationAdmission admission,
    TimeProvider time,
    Random random,
    ILogger<OperationActor> logger)
{
    /// <summary>Progress inside a step is written no more often than this.</summary>
    public static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(5);

    /// <summary>An operation whose remains cannot be cleaned up is let go after this time past the decision to give it up.</summary>
    public static readonly TimeSpan CleanUpLimit = TimeSpan.FromMinutes(30);

    private readonly ConcurrentDictionary<string, long> _written = new();

    /// <summary>Drives the operation until it waits or ends.</summary>
    public async Task<(NodeWork Work, ReconciliationResult? Result)> ContinueAsync(NodeWork work, CancellationToken cancellationToken)
    {
        (work, var mayRun) = await admission.AdmitAsync(work, cancellationToken);
        if (!mayRun)
            return (work, ReconciliationResult.After(NodeActor.QueueInterval));
        var operation = work.Situation.Status.Operation!;
        // Each write of a status is seen as a change of the Node: without this it would be asked again at once.
        if (ObserveRetries.NextCall(work.Situation with { Now = time.GetUtcNow() }) is { } next)
            return (work, ReconciliationResult.After(next - time.GetUtcNow()));
        var (status, outcome) = await runner.RunAsync(work, cancellationToken);
        work = work.With(status);
        switch (outcome.Phase)
        {
            case OperationPhase.Succeeded:
                status = OperationTransitions.Succeed(status, outcome, time.GetUtcNow());
                return (End(work, status, operation, NodeEvents.Succeeded(operation, outcome)), null);
            case OperationPhase.Failed:
                return await FailAsync(work.With(OperationTransitions.Absorb(status, outcome)), ToFailure(outcome), cancellationToken);
            default:
                return await WaitAsync(work, status, outcome, cancellationToken);
        }
    }

    /// <summary>Gives the operation up.</summary>
    public Task<(NodeWork Work, ReconciliationResult? Result)> AbandonAsync(NodeWork work, NodeDecision.Abandon abandon, CancellationToken cancellationToken) =>
        FailAsync(
            work,
            new(abandon.Reason, abandon.Message, NeedsPerson: false, MachineUntouched: false) { IsGivenUp = true, IsUnwanted = abandon.Reason is Reasons.Superseded or Reasons.Deleting },
            cancellationToken);

    private async Task<(NodeWork Work, ReconciliationResult? Result)> WaitAsync(NodeWork work, NodeStatus status, OperationOutcome outcome, CancellationToken cancellationToken)
    {
        var operation = status.Operation!;
        status = status with { ObserveRetry = AfterCall(work, outcome) };
        if (status.ObserveRetry is { NextTime: { } next })
            return (await writer.WriteAsync(work, new NodeDecision.Continue(), status, cancellationToken), ReconciliationResult.After(next - time.GetUtcNow()));

        var isDue = !_written.TryGetValue(operation.Id, out var last) || time.GetElapsedTime(last) >= ProgressInterval;
        if (isDue || outcome.Record || OperationTransitions.MustBeWritten(work.Stored.Status, status))
        {
            work = await writer.WriteAsync(work, new NodeDecision.Continue(), status, cancellationToken);
            _written[operation.Id] = time.GetTimestamp();
        }

        return outcome.PollAfter > TimeSpan.Zero ? (work, ReconciliationResult.After(outcome.PollAfter)) : (work, null);
    }

    /// <summary>A call that got no answer is counted, and repeated when it is due; null after one that was answered.</summary>
    private RetryStatus? AfterCall(NodeWork work, OperationOutcome outcome) => outcome.NoAnswer is { } reason
        ? ObserveRetries.AfterSilence(work.Situation with { Now = time.GetUtcNow() }, reason, outcome.Message, random.NextDouble())
        : null;

    private async Task<(NodeWork Work, ReconciliationResult? Result)> FailAsync(NodeWork work, OperationFailure failure, CancellationToken cancellationToken)
    {
        var operation = work.Situation.Status.Operation!;
        // Each write of a status is seen as a change of the Node: without this it would be tried again at once.
        if (NextCleanUpTime(work.Situation.Status) is { } next && next > time.GetUtcNow())
            return (work, ReconciliationResult.After(next - time.GetUtcNow()));

        var (cleaned, untouched, problem) = await CleanUpAsync(work, cancellationToken);
        if (!cleaned && IsWorthTrying(work, failure) && time.GetUtcNow() < (operation.DeadlineTime ?? operation.StartedTime) + CleanUpLimit)
        {
            var message = $"{operation.Kind} was given up ({failure.Reason}); cleaning up after it is tried again: {problem}";
            var retry = NextCleanUp(work.Situation.Status, failure with { Message = problem });
            work = await writer.WriteAsync(work, new NodeDecision.Abandon(failure.Reason, message), work.Situation.Status with { ObserveRetry = retry }, cancellationToken);
            return (work, ReconciliationResult.After(retry.NextTime!.Value - time.GetUtcNow()));
        }

        failure = Resets.Judge(operation, failure with { MachineUntouched = failure.MachineUntouched || untouched });
        var status = OperationTransitions.Fail(work.Situation.Status, failure, time.GetUtcNow(), random.NextDouble());
        var failed = NodeEvents.Failed(operation, failure);
        if (cleaned)
            return (End(work, status, operation, failed), null);
        LogLeftBehind(operation.Kind, operation.Id, work.Key.Namespace, work.Key.Name, problem);
        return (End(work, status, operation, NodeEvents.LeftBehind($"{operation.Kind} {operation.Id} could not be cleaned up: {problem}"), failed), null);
    }

    private static DateTimeOffset? NextCleanUpTime(NodeStatus status) => status.ObserveRetry is { } retry && retry.Goal == CleanUpOf(status) ? retry.NextTime : null;

    private static string CleanUpOf(NodeStatus status) => $"CleanUp:{status.Operation!.Id}";

    private RetryStatus NextCleanUp(NodeStatus status, OperationFailure failure)
    {
        var goal = CleanUpOf(status);
        var last = status.ObserveRetry is { } retry && retry.Goal == goal ? retry : new() { Goal = goal };
        var next = OperationTransitions.NextAttempt(last, failure with { NeedsPerson = false, MachineUntouched = true }, time.GetUtcNow(), random.NextDouble());

        // What is half made stands in the way of everything else, and of a deletion that waits for it.
        var latest = ConditionSet.Truncate(time.GetUtcNow() + ObserveRetries.LongestInOperation);
        return next.NextTime > latest ? next with { NextTime = latest } : next;
    }

    /// <summary>A Provisioner that is gone comes back for a Node that still names it; one that the Node has left as well does not.</summary>
    private static bool IsWorthTrying(NodeWork work, OperationFailure failure) =>
        work.Situation.Provisioner is not null || work.ProvisionerName == work.Stored.Spec.ProvisionerRef.Name || failure.Reason != Reasons.Superseded;

    private async Task<(bool Cleaned, bool Untouched, string Problem)> CleanUpAsync(NodeWork work, CancellationToken cancellationToken)
    {
        if (work.Engine is null)
            return (false, false, work.Situation.Obstacle?.Message ?? "the provisioner cannot be used");
        try
        {
            var outcome = await runner.AbandonAsync(work, cancellationToken);

            // Fenced off by a newer operation, this one has nothing left on the machine that it could clean up.
            return (outcome.Phase == OperationPhase.Succeeded || outcome.Reason == Reasons.Fenced, outcome.MachineUntouched, outcome.Message);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return (false, false, exception.Message);
        }
    }

    private NodeWork End(NodeWork work, NodeStatus status, OperationStatus operation, params ReadOnlySpan<NodeEvent> happened)
    {
        _written.TryRemove(operation.Id, out _);
        limiter.LeaveIfOver(work.ProvisionerKey, work.Key, work.Situation.Provisioner?.Limits.ConcurrentOperations ?? 1, work.Stored.Metadata.ResourceVersion);
        var ended = work.With(status);
        return ended with { Untold = [.. work.Untold, .. happened], Situation = ended.Situation with { Observation = null, Now = time.GetUtcNow() } };
    }

    private static OperationFailure ToFailure(OperationOutcome outcome) =>
        new(outcome.Reason ?? Reasons.InternalError, outcome.Message, outcome.FailureKind == FailureKind.NeedsPerson, outcome.MachineUntouched);

    [LoggerMessage(2043, LogLevel.Warning, "{Kind} {OperationId} of Node {Namespace}/{Name} could not be cleaned up, and what it made was left behind: {Problem}")]
    private partial void LogLeftBehind(OperationKind kind, string operationId, string @namespace, string name, string problem);
}

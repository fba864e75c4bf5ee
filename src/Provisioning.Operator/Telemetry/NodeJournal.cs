using Microsoft.Extensions.Logging;
using Provisioning.Api.Images;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Kubernetes;
using Provisioning.Kubernetes.Caching;

namespace Provisioning.Operator.Telemetry;

/// <summary>
/// Tells logs, metrics and traces what has changed about a Node, once it is written: told before, it would be told again after each conflict. One line for each
/// change that a person cares about; steps only at debug level.
/// </summary>
internal sealed partial class NodeJournal(MachineMetrics metrics, OperationTraces traces, IResourceCache<Image> images, ILogger<NodeJournal> logger)
{
    /// <summary>Takes note of a status that was written.</summary>
    /// <param name="node">The Node.</param>
    /// <param name="engine">Type of the Provisioner that works on it.</param>
    /// <param name="before">The status before.</param>
    /// <param name="after">The status as it was written.</param>
    public void Wrote(NamespacedName node, ProvisionerType? engine, NodeStatus? before, NodeStatus after)
    {
        foreach (var change in NodeChanges.Between(before, after))
            Tell(node, engine, change);
    }

    private void Tell(NamespacedName node, ProvisionerType? engine, NodeChange change)
    {
        switch (change)
        {
            case NodeChange.Began { Operation: var operation }:
                metrics.Began(engine, operation.Kind, operation.Attempt);
                LogBegan(node, operation.Kind, operation.Id, operation.Target ?? "the machine", operation.Attempt, operation.Message);
                break;
            case NodeChange.Stepped { Operation: var operation }:
                traces.Stepped(operation);
                LogStep(node, operation.Kind, operation.Id, operation.Step, operation.Message);
                break;
            case NodeChange.Ended ended:
                Ended(node, engine, ended);
                break;
            case NodeChange.Retries { Retry: var retry }:
                LogRetry(node, retry.NextTime, retry.Attempt, retry.Reason);
                break;
            case NodeChange.Queued { Queue: var queue }:
                LogQueued(node, queue.Position);
                break;
            case NodeChange.Stalled stalled:
                LogStalled(node, stalled.Reason, stalled.Message);
                break;
            case NodeChange.Unknown unknown:
                LogUnknown(node, unknown.Reason, unknown.Message);
                break;
            case NodeChange.Ready ready:
                LogReady(node, ready.Reason, ready.Message);
                break;
        }
    }

    private void Ended(NamespacedName node, ProvisionerType? engine, NodeChange.Ended ended)
    {
        var record = ended.Record;
        var taken = record.FinishedTime > record.StartedTime ? record.FinishedTime - record.StartedTime : TimeSpan.Zero;
        metrics.Ended(engine, record, taken);
        traces.Ended(node, engine, record);
        if (record.Phase == OperationPhase.Succeeded)
            CountBytes(node, engine, ended);

        // Last: whoever reads of the end finds it counted.
        if (record.Phase == OperationPhase.Succeeded)
            LogSucceeded(node, record.Kind, record.Id, taken.TotalSeconds, record.Message);
        else
            LogFailed(node, record.Kind, record.Id, taken.TotalSeconds, record.Reason, record.Message);
    }

    private void CountBytes(NamespacedName node, ProvisionerType? engine, NodeChange.Ended ended)
    {
        var record = ended.Record;
        if (record.Kind == OperationKind.Capture && ended.Last?.CapturedImage is { } captured)
            metrics.Captured(engine, captured.SizeBytes);
        else if (record.Kind == OperationKind.Load && record.Target is { } image && images.Get(new(node.Namespace, image))?.Status?.SizeBytes is { } bytes)
            metrics.Loaded(engine, bytes);
    }

    [LoggerMessage(2001, LogLevel.Information, "Node {Node}: {Kind} {OperationId} of {Target} begins (attempt {Attempt}): {Why}")]
    private partial void LogBegan(NamespacedName node, OperationKind kind, string operationId, string target, int attempt, string? why);

    [LoggerMessage(2002, LogLevel.Debug, "Node {Node}: {Kind} {OperationId} is at {Step}: {What}")]
    private partial void LogStep(NamespacedName node, OperationKind kind, string operationId, string? step, string? what);

    [LoggerMessage(2003, LogLevel.Information, "Node {Node}: {Kind} {OperationId} succeeded after {Seconds:0} s: {What}")]
    private partial void LogSucceeded(NamespacedName node, OperationKind kind, string operationId, double seconds, string? what);

    [LoggerMessage(2004, LogLevel.Warning, "Node {Node}: {Kind} {OperationId} failed after {Seconds:0} s with {Reason}: {What}")]
    private partial void LogFailed(NamespacedName node, OperationKind kind, string operationId, double seconds, string? reason, string? what);

    [LoggerMessage(2005, LogLevel.Information, "Node {Node}: the next attempt is due at {Due:u} (attempt {Attempt} failed with {Reason})")]
    private partial void LogRetry(NamespacedName node, DateTimeOffset? due, int attempt, string reason);

    [LoggerMessage(2006, LogLevel.Information, "Node {Node}: waits in the line of its Provisioner, at place {Position}")]
    private partial void LogQueued(NamespacedName node, int position);

    [LoggerMessage(2007, LogLevel.Warning, "Node {Node}: stalled with {Reason}, a person must act: {Remedy}")]
    private partial void LogStalled(NamespacedName node, string reason, string remedy);

    [LoggerMessage(2008, LogLevel.Warning, "Node {Node}: the machine cannot be told ({Reason}): {What}")]
    private partial void LogUnknown(NamespacedName node, string reason, string what);

    [LoggerMessage(2009, LogLevel.Information, "Node {Node}: ready ({Reason}): {What}")]
    private partial void LogReady(NamespacedName node, string reason, string what);
}

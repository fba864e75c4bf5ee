using System.Collections.Concurrent;
using System.Diagnostics;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Kubernetes;

namespace Provisioning.Operator.Telemetry;

/// <summary>
/// One trace for each operation, made when it has ended: an operation outlives reconciles, and may outlive this process. Its steps are children, as far as this
/// process saw them begin. Messages stay out of it: they are for whoever may read the Node.
/// </summary>
internal sealed class OperationTraces
{
    /// <summary>Name of the source.</summary>
    public const string SourceName = "Provisioning.Operator";

    private static readonly ActivitySource Source = new(SourceName);

    private readonly ConcurrentDictionary<string, List<(string Step, DateTimeOffset Began)>> _steps = new();

    /// <summary>An operation has come to a step.</summary>
    public void Stepped(OperationStatus operation)
    {
        if (!Source.HasListeners() || operation.Step is not { } step)
            return;
        // One worker at a time is at an operation, so the list needs no lock.
        _steps.GetOrAdd(operation.Id, _ => []).Add((step, operation.StepStartedTime ?? operation.StartedTime));
    }

    /// <summary>An operation has ended.</summary>
    public void Ended(NamespacedName node, ProvisionerType? engine, OperationRecord operation)
    {
        _steps.TryRemove(operation.Id, out var steps);
        if (!Source.HasListeners())
            return;
        var finished = operation.FinishedTime;
        var reconcile = Activity.Current;
        Activity.Current = null;
        try
        {
            ActivityLink[] links = reconcile is null ? [] : [new(reconcile.Context)];
            using var whole = Source.StartActivity(ActivityKind.Internal, default, Tags(node, engine, operation), links, operation.StartedTime, $"operation {operation.Kind}");
            if (whole is null)
                return;
            for (var i = 0; i < steps?.Count; i++)
            {
                using var step = Source.StartActivity(ActivityKind.Internal, whole.Context, [new("provisioning.step", steps[i].Step)], startTime: steps[i].Began, name: $"step {steps[i].Step}");
                step?.SetEndTime((i + 1 < steps.Count ? steps[i + 1].Began : finished).UtcDateTime);
            }

            if (operation.Phase == OperationPhase.Failed)
                whole.SetStatus(ActivityStatusCode.Error, operation.Reason);
            whole.SetEndTime(finished.UtcDateTime);
        }
        finally
        {
            Activity.Current = reconcile;
        }
    }

    private static KeyValuePair<string, object?>[] Tags(NamespacedName node, ProvisionerType? engine, OperationRecord operation) =>
    [
        new("k8s.namespace.name", node.Namespace),
        new("provisioning.node", node.Name),
        new("provisioning.engine", engine?.ToString() ?? "None"),
        new("provisioning.operation.id", operation.Id),
        new("provisioning.operation.kind", operation.Kind.ToString()),
        new("provisioning.operation.target", operation.Target),
        new("provisioning.operation.outcome", operation.Phase.ToString()),
        new("provisioning.operation.reason", operation.Reason),
    ];
}

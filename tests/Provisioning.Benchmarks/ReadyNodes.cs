using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Core.Status;
using Provisioning.Kubernetes.Caching;

namespace Provisioning.Benchmarks;

/// <summary>Counts Nodes that are Ready, and tells when enough of them are.</summary>
internal sealed class ReadyNodes(int wanted, TimeProvider time) : IResourceEventSink<Node>
{
    private readonly HashSet<string> _ready = [];
    private readonly TaskCompletionSource<long> _all = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How many are Ready now.</summary>
    public int Count => _ready.Count;

    /// <summary>Ends when as many as wanted are Ready, with the timestamp of that moment.</summary>
    public Task<long> All => _all.Task;

    /// <inheritdoc/>
    public void OnEvent(in ResourceEvent<Node> resourceEvent)
    {
        var node = resourceEvent.Entity;
        if (resourceEvent.Kind != ResourceEventKind.Deleted && IsReady(node))
            _ready.Add(node.Metadata.Name);
        else
            _ready.Remove(node.Metadata.Name);
        if (_ready.Count == wanted)
            _all.TrySetResult(time.GetTimestamp());
    }

    /// <summary>Ready, and said of the spec as it is now.</summary>
    public static bool IsReady(Node node) => node.Status is { } status
        && status.ObservedGeneration == node.Metadata.Generation
        && status.Conditions.Any(condition => condition is { Type: ConditionTypes.Ready, Status: ConditionStatus.True });
}

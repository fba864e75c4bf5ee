using System.Collections.Concurrent;
using Provisioning.Api.Nodes;
using Provisioning.Kubernetes.Caching;

namespace Provisioning.Benchmarks;

/// <summary>Tells when a Node was first seen Ready, and when it was gone.</summary>
internal sealed class SeenNodes(TimeProvider time) : IResourceEventSink<Node>
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<long>> _ready = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<long>> _gone = new();

    /// <inheritdoc/>
    public void OnEvent(in ResourceEvent<Node> resourceEvent)
    {
        var name = resourceEvent.Entity.Metadata.Name;
        if (resourceEvent.Kind == ResourceEventKind.Deleted)
            Of(_gone, name).TrySetResult(time.GetTimestamp());
        else if (ReadyNodes.IsReady(resourceEvent.Entity))
            Of(_ready, name).TrySetResult(time.GetTimestamp());
    }

    /// <summary>Ends when the Node is Ready, with the timestamp of that moment.</summary>
    public Task<long> ReadyAsync(string node) => Of(_ready, node).Task;

    /// <summary>Ends when the Node is gone.</summary>
    public Task GoneAsync(string node) => Of(_gone, node).Task;

    private static TaskCompletionSource<long> Of(ConcurrentDictionary<string, TaskCompletionSource<long>> all, string name) =>
        all.GetOrAdd(name, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}

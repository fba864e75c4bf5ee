using System.Collections.Concurrent;
using Provisioning.Api.Meta;
using Provisioning.Kubernetes.Caching;
using Provisioning.Kubernetes.Queueing;

namespace Provisioning.Kubernetes.Controllers;

/// <summary>The queue of a controller, and the versions that its own writes produced and the cache has yet to show.</summary>
internal sealed class EntityQueue<T>(string name, TimeProvider time, Func<double> random, WorkQueueMetrics metrics) : IEntityQueue<T>, IDisposable
    where T : class, IKubernetesEntity
{
    /// <summary>
    /// How long a reconcile waits for the cache at most, counted from the write. Echoes of a busy API server take seconds, and a reconcile that does not wait
    /// for them looks at the machine and ends in a conflict, which makes the server busier still.
    /// </summary>
    public static readonly TimeSpan MaxHold = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<NamespacedName, Write> _writes = new();

    public WorkQueue<NamespacedName> Queue { get; } = new(name, time, random, metrics);

    /// <inheritdoc/>
    public void Enqueue(NamespacedName key, TimeSpan? after = null, int priority = QueuePriority.Normal) =>
        Queue.AddAfter(key, after ?? TimeSpan.Zero, priority);

    /// <inheritdoc/>
    public void Wrote(NamespacedName key, string? resourceVersion)
    {
        if (!string.IsNullOrEmpty(resourceVersion))
            _writes[key] = new Write(resourceVersion, time.GetTimestamp());
    }

    /// <summary>
    /// Waits until the cache shows the last own write of an object. The worker is held meanwhile: the echo of a write mostly comes in a few
    /// milliseconds, and is mostly itself what woke the worker.
    /// </summary>
    public async ValueTask WaitForOwnWriteAsync(NamespacedName key, IResourceCache<T> cache, CancellationToken cancellationToken)
    {
        if (!_writes.TryGetValue(key, out var write))
            return;
        var left = MaxHold - time.GetElapsedTime(write.Since);
        if (left > TimeSpan.Zero)
            await cache.WaitForVersionAsync(key, write.ResourceVersion, left, cancellationToken);

        // Only this write: a background job may have reported a newer one meanwhile.
        _writes.TryRemove(KeyValuePair.Create(key, write));
    }

    public void Dispose() => Queue.Dispose();

    private sealed record Write(string ResourceVersion, long Since);
}

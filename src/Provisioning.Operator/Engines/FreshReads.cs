using System.Collections.Concurrent;
using Provisioning.Api.Meta;
using Provisioning.Kubernetes;
using Provisioning.Kubernetes.Rest;

namespace Provisioning.Operator.Engines;

/// <summary>
/// Reads objects by name, each again when it is older than <see cref="Freshness"/>: so a change takes effect without a watch on every object of its kind in the cluster.
/// </summary>
internal sealed class FreshReads<T>(IResourceClient<T> client, TimeProvider time)
    where T : class, IKubernetesEntity
{
    /// <summary>How old what was read may be.</summary>
    public static readonly TimeSpan Freshness = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<NamespacedName, (long ReadAt, Task<T?> Object)> _read = new();

    /// <summary>The object; null if it does not exist.</summary>
    public Task<T?> ReadAsync(NamespacedName key)
    {
        var now = time.GetTimestamp();
        if (_read.TryGetValue(key, out var last) && (!last.Object.IsCompleted || last.Object.IsCompletedSuccessfully) && time.GetElapsedTime(last.ReadAt, now) < Freshness)
            return last.Object;

        // Shared by all who ask meanwhile, so it must not end with the cancellation of the first of them; the client has its own deadline.
        var read = client.GetAsync(key, CancellationToken.None);
        _read[key] = (now, read);
        return read;
    }
}

using Provisioning.Api.Meta;
using Provisioning.Kubernetes.Queueing;

namespace Provisioning.Kubernetes.Controllers;

/// <summary>The work queue of the controller of a kind, for what does not come from the API server: background jobs, timers, other controllers.</summary>
/// <typeparam name="T">The kind.</typeparam>
public interface IEntityQueue<T>
    where T : class, IKubernetesEntity
{
    /// <summary>Asks for a reconcile. If one is asked for already, the earlier time and the higher priority count.</summary>
    /// <param name="key">The object.</param>
    /// <param name="after">Delay; null: now.</param>
    /// <param name="priority">Higher goes first; see <see cref="QueuePriority"/>.</param>
    void Enqueue(NamespacedName key, TimeSpan? after = null, int priority = QueuePriority.Normal);

    /// <summary>
    /// Tells that the object was just written. The next reconcile waits until the cache shows this version or a later one (for at most ten seconds),
    /// so that nothing is decided on the state before the write. Call it right after the write, before anything can fail.
    /// </summary>
    /// <param name="key">The object.</param>
    /// <param name="resourceVersion">The version that the API server returned.</param>
    void Wrote(NamespacedName key, string? resourceVersion);
}

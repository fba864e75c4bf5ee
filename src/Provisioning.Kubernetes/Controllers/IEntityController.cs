using Provisioning.Api.Meta;

namespace Provisioning.Kubernetes.Controllers;

/// <summary>Brings the world to what an object declares. Called for one object at a time, never twice at once for the same object.</summary>
/// <typeparam name="T">The kind.</typeparam>
public interface IEntityController<T>
    where T : class, IKubernetesEntity
{
    /// <summary>
    /// Looks at the object as it is now and takes the next step. Must be safe to repeat at any time; long work belongs into a background job that
    /// calls <see cref="IEntityQueue{T}.Enqueue"/> when it ends.
    /// </summary>
    /// <param name="entity">The object, from the cache: read-only, and possibly a moment old.</param>
    /// <param name="cancellationToken">Fires when leadership is lost or the grace time of a shutdown is over: no side effect may start after that.</param>
    Task<ReconciliationResult> ReconcileAsync(T entity, CancellationToken cancellationToken);

    /// <summary>Called instead when the object does not exist (any more), perhaps more than once: drops what is held in memory for it.</summary>
    /// <param name="key">The object.</param>
    /// <param name="cancellationToken">As for <see cref="ReconcileAsync"/>.</param>
    Task OnGoneAsync(NamespacedName key, CancellationToken cancellationToken) => Task.CompletedTask;
}

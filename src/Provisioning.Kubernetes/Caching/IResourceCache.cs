using Provisioning.Api.Meta;

namespace Provisioning.Kubernetes.Caching;

/// <summary>The objects of a kind as the last list and watch told them. Objects are shared: treat them as read-only.</summary>
/// <typeparam name="T">The kind.</typeparam>
public interface IResourceCache<T>
    where T : class, IKubernetesEntity
{
    /// <summary>Whether the first list is complete.</summary>
    bool HasSynced { get; }

    /// <summary>One object, or null.</summary>
    T? Get(NamespacedName key);

    /// <summary>All objects, or those of a namespace; a snapshot.</summary>
    IReadOnlyList<T> List(string? @namespace = null);

    /// <summary>The objects for which an index function gave this value; a snapshot.</summary>
    /// <param name="index">Name of the index, given when the cache was registered.</param>
    /// <param name="value">Value.</param>
    IReadOnlyList<T> ByIndex(string index, string value);

    /// <summary>
    /// Waits until the cache is at least as new as this version of an object: a controller holds the next look at an object that it has
    /// just written until then, so that it never acts twice on what it saw before its own write. Costs one comparison when the cache is
    /// already there, and completes synchronously then.
    /// </summary>
    /// <param name="key">The object.</param>
    /// <param name="resourceVersion">The version that the write gave back.</param>
    /// <param name="timeout">How long to wait at most; zero only asks.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>True if the cache has this version, a newer one, or has seen the object go; false after the timeout.</returns>
    ValueTask<bool> WaitForVersionAsync(NamespacedName key, string resourceVersion, TimeSpan timeout, CancellationToken cancellationToken);
}

/// <summary>A change of a cached object.</summary>
/// <typeparam name="T">The kind.</typeparam>
/// <param name="Kind">What happened.</param>
/// <param name="Entity">The object as it is now, or as it was last seen if deleted.</param>
/// <param name="Previous">The object as it was before, for updates.</param>
/// <param name="IsInitialList">Whether it comes from the first list after a start: such work gives way to real changes.</param>
public readonly record struct ResourceEvent<T>(ResourceEventKind Kind, T Entity, T? Previous, bool IsInitialList);

/// <summary>Kinds of change.</summary>
public enum ResourceEventKind
{
    /// <summary>The object is new in the cache.</summary>
    Added,

    /// <summary>The object changed.</summary>
    Updated,

    /// <summary>The object is gone.</summary>
    Deleted,
}

/// <summary>Is told of every change of a cache, in order, on the cache's own task; must return at once.</summary>
/// <typeparam name="T">The kind.</typeparam>
public interface IResourceEventSink<T>
{
    /// <summary>Takes one change.</summary>
    void OnEvent(in ResourceEvent<T> resourceEvent);
}

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

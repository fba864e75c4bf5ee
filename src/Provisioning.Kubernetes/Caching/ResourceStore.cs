using Provisioning.Api.Meta;

namespace Provisioning.Kubernetes.Caching;

/// <summary>
/// The objects of a kind. Written by one reflector, read by all. What it holds follows from the server's state alone, not from what was
/// seen before: an object that cannot be decoded is not in it, even if an older version could be, because to act on what a user has
/// since changed is worse than not to act.
/// </summary>
internal sealed class ResourceStore<T>(IReadOnlyDictionary<string, Func<T, IEnumerable<string>>> indexes, TimeProvider time) : IResourceCache<T>
    where T : class, IKubernetesEntity
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ResourceIndex<T>> _indexes = indexes.ToDictionary(index => index.Key, index => new ResourceIndex<T>(index.Value));
    private readonly Dictionary<NamespacedName, string?> _undecodable = [];
    private readonly VersionWaiters _waiters = new();
    private readonly Dictionary<NamespacedName, T> _objects = [];
    private string? _seen;
    private volatile bool _hasSynced;

    public bool HasSynced => _hasSynced;

    public int UndecodableCount
    {
        get
        {
            lock (_lock)
                return _undecodable.Count;
        }
    }

    public T? Get(NamespacedName key)
    {
        lock (_lock)
            return _objects.GetValueOrDefault(key);
    }

    public IReadOnlyList<T> List(string? @namespace = null)
    {
        lock (_lock)
            return @namespace is null ? [.. _objects.Values] : [.. _objects.Where(entry => entry.Key.Namespace == @namespace).Select(entry => entry.Value)];
    }

    public IReadOnlyList<T> ByIndex(string index, string value)
    {
        lock (_lock)
        {
            return _indexes.TryGetValue(index, out var found)
                ? [.. found.Keys(value).Select(key => _objects[key])]
                : throw new ArgumentException($"The cache of {typeof(T).Name} was registered without an index '{index}'.", nameof(index));
        }
    }

    public async ValueTask<bool> WaitForVersionAsync(NamespacedName key, string resourceVersion, TimeSpan timeout, CancellationToken cancellationToken)
    {
        VersionWaiters.Waiter waiter;
        lock (_lock)
        {
            if (HasSeen(key, resourceVersion))
                return true;
            if (timeout <= TimeSpan.Zero)
                return false;
            waiter = _waiters.Add(key, resourceVersion);
        }

        try
        {
            await waiter.Source.Task.WaitAsync(timeout, time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
        finally
        {
            lock (_lock)
                _waiters.Remove(waiter);
        }
    }

    public void MarkSynced() => _hasSynced = true;

    /// <summary>Takes a whole list; what is not in it is gone. Gives the changes, and those objects that are newly found undecodable.</summary>
    public StoreChanges<T> Replace(IReadOnlyCollection<DecodedEntity<T>> list, string resourceVersion)
    {
        lock (_lock)
        {
            var changes = new StoreChanges<T>();
            var isInitial = !_hasSynced;
            var listed = list.Select(item => item.Key).ToHashSet();
            foreach (var gone in _objects.Keys.Where(key => !listed.Contains(key)).ToList())
                Remove(gone, final: null, changes);
            foreach (var gone in _undecodable.Keys.Where(key => !listed.Contains(key)).ToList())
                _undecodable.Remove(gone);
            foreach (var item in list)
                Put(item, isInitial, changes);

            // A list is the server's word even if its version is lower than what was seen: etcd may have been restored from a backup.
            _seen = resourceVersion;
            _waiters.ReleaseAll(waiter => HasSeen(waiter.Key, waiter.ResourceVersion) || !_objects.ContainsKey(waiter.Key));
            return changes;
        }
    }

    /// <summary>Takes an event of a watch. Duplicate and older events change nothing.</summary>
    public StoreChanges<T> Apply(WatchEventKind kind, in DecodedEntity<T> item)
    {
        lock (_lock)
        {
            var changes = new StoreChanges<T>();
            if (ResourceVersions.Covers(_seen, item.ResourceVersion))
                return changes;
            _seen = item.ResourceVersion ?? _seen;
            if (kind == WatchEventKind.Bookmark)
            {
                _waiters.ReleaseAll(waiter => HasSeen(waiter.Key, waiter.ResourceVersion));
                return changes;
            }

            var isGone = kind == WatchEventKind.Deleted;
            if (isGone)
            {
                _undecodable.Remove(item.Key);
                Remove(item.Key, item.Entity, changes);
            }
            else
            {
                Put(item, isInitial: false, changes);
            }

            _waiters.Release(item.Key, waiter => isGone || HasSeen(waiter.Key, waiter.ResourceVersion));
            return changes;
        }
    }

    // Events come in the order of their versions over all objects of a kind, so one comparison answers for every key.
    private bool HasSeen(NamespacedName key, string resourceVersion) =>
        ResourceVersions.Covers(_seen, resourceVersion) || _objects.GetValueOrDefault(key)?.Metadata.ResourceVersion == resourceVersion;

    private void Put(in DecodedEntity<T> item, bool isInitial, StoreChanges<T> changes)
    {
        if (item.Entity is not { } entity)
        {
            if (!_undecodable.TryGetValue(item.Key, out var known) || known != item.ResourceVersion)
                changes.Undecodable.Add(item);
            _undecodable[item.Key] = item.ResourceVersion;
            Remove(item.Key, final: null, changes);
            return;
        }

        _undecodable.Remove(item.Key);
        var previous = _objects.GetValueOrDefault(item.Key);
        if (previous is not null && previous.Metadata.ResourceVersion == item.ResourceVersion)
            return;

        // Deleted and made anew while nobody looked: another object, whatever its name.
        if (previous is not null && previous.Metadata.Uid != entity.Metadata.Uid)
        {
            Remove(item.Key, final: null, changes);
            previous = null;
        }

        foreach (var index in _indexes.Values)
        {
            if (previous is not null)
                index.Remove(item.Key, previous);
            index.Add(item.Key, entity);
        }

        _objects[item.Key] = entity;
        changes.Events.Add(new(previous is null ? ResourceEventKind.Added : ResourceEventKind.Updated, entity, previous, isInitial));
    }

    private void Remove(NamespacedName key, T? final, StoreChanges<T> changes)
    {
        if (!_objects.Remove(key, out var stored))
            return;
        foreach (var index in _indexes.Values)
            index.Remove(key, stored);
        changes.Events.Add(new(ResourceEventKind.Deleted, final ?? stored, stored, IsInitialList: false));
    }
}

/// <summary>What a list or an event did to a store.</summary>
internal sealed class StoreChanges<T>
    where T : class, IKubernetesEntity
{
    /// <summary>For the sinks, in order.</summary>
    public List<ResourceEvent<T>> Events { get; } = [];

    /// <summary>Objects whose present version is met for the first time and cannot be decoded.</summary>
    public List<DecodedEntity<T>> Undecodable { get; } = [];
}

namespace Provisioning.Kubernetes.Caching;

/// <summary>Those who wait until the store has seen a version of an object. Not thread-safe: the store locks.</summary>
internal sealed class VersionWaiters
{
    private readonly Dictionary<NamespacedName, List<Waiter>> _waiters = [];

    /// <summary>Adds one who waits; its task completes when released.</summary>
    public Waiter Add(NamespacedName key, string resourceVersion)
    {
        var waiter = new Waiter(key, resourceVersion);
        if (!_waiters.TryGetValue(key, out var ofKey))
            _waiters.Add(key, ofKey = []);
        ofKey.Add(waiter);
        return waiter;
    }

    public void Remove(Waiter waiter)
    {
        if (_waiters.TryGetValue(waiter.Key, out var ofKey) && ofKey.Remove(waiter) && ofKey.Count == 0)
            _waiters.Remove(waiter.Key);
    }

    /// <summary>Releases those of one object who are served: costs one look-up for objects that nobody waits for.</summary>
    public void Release(NamespacedName key, Func<Waiter, bool> isServed)
    {
        if (_waiters.TryGetValue(key, out var ofKey))
            ofKey.Where(isServed).ToList().ForEach(Release);
    }

    /// <summary>Releases all who are served.</summary>
    public void ReleaseAll(Func<Waiter, bool> isServed) => _waiters.Values.SelectMany(ofKey => ofKey).Where(isServed).ToList().ForEach(Release);

    private void Release(Waiter waiter)
    {
        Remove(waiter);
        waiter.Source.TrySetResult();
    }

    /// <summary>One who waits.</summary>
    internal sealed record Waiter(NamespacedName Key, string ResourceVersion)
    {
        // Runs continuations elsewhere: the reflector holds the store's lock when it releases.
        public TaskCompletionSource Source { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

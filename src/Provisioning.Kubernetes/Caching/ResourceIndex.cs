namespace Provisioning.Kubernetes.Caching;

/// <summary>The keys of the objects for which a function gave a value. Not thread-safe: the store locks.</summary>
internal sealed class ResourceIndex<T>(Func<T, IEnumerable<string>> values)
{
    private readonly Dictionary<string, HashSet<NamespacedName>> _keys = [];

    public IReadOnlyCollection<NamespacedName> Keys(string value) => _keys.TryGetValue(value, out var keys) ? keys : [];

    public void Add(NamespacedName key, T entity)
    {
        foreach (var value in values(entity))
        {
            if (!_keys.TryGetValue(value, out var keys))
                _keys.Add(value, keys = []);
            keys.Add(key);
        }
    }

    public void Remove(NamespacedName key, T entity)
    {
        foreach (var value in values(entity))
        {
            if (_keys.TryGetValue(value, out var keys) && keys.Remove(key) && keys.Count == 0)
                _keys.Remove(value);
        }
    }
}

namespace Provisioning.Testing.ApiServer;

/// <summary>The objects of all kinds, those of a kind in the order of namespace and name.</summary>
internal sealed class FakeTable
{
    private static readonly Comparer<(string Namespace, string Name)> Order = Comparer<(string Namespace, string Name)>.Create(static (left, right) =>
        string.CompareOrdinal(left.Namespace, right.Namespace) is var namespaces and not 0 ? namespaces : string.CompareOrdinal(left.Name, right.Name));

    private readonly Dictionary<FakeKind, SortedDictionary<(string Namespace, string Name), FakeObject>> _kinds = [];

    public FakeObject? Find(FakeKey key) => _kinds.TryGetValue(key.Kind, out var objects) ? objects.GetValueOrDefault((key.Namespace, key.Name)) : null;

    public IEnumerable<FakeObject> In(FakeKind kind, string ns) =>
        _kinds.TryGetValue(kind, out var objects) ? objects.Where(entry => ns.Length == 0 || entry.Key.Namespace == ns).Select(entry => entry.Value) : [];

    public void Set(FakeKey key, FakeObject stored)
    {
        if (!_kinds.TryGetValue(key.Kind, out var objects))
            _kinds.Add(key.Kind, objects = new(Order));
        objects[(key.Namespace, key.Name)] = stored;
    }

    public void Remove(FakeKey key)
    {
        if (_kinds.TryGetValue(key.Kind, out var objects))
            objects.Remove((key.Namespace, key.Name));
    }
}

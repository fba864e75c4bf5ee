namespace Provisioning.Testing.ApiServer;

/// <summary>Identity of an object in the store.</summary>
internal readonly record struct FakeKey(FakeKind Kind, string Namespace, string Name)
{
    public bool IsIn(FakeKind kind, string ns) => (ReferenceEquals(Kind, kind) || Kind == kind) && (ns.Length == 0 || ns == Namespace);

    public override string ToString() => $"{Kind.Resource}/{Namespace}/{Name}";
}

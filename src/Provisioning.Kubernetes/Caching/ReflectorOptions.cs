namespace Provisioning.Kubernetes.Caching;

/// <summary>What a reflector caches and how it can be searched.</summary>
/// <typeparam name="T">The kind.</typeparam>
public sealed class ReflectorOptions<T>
{
    /// <summary>The only namespace to cache; null for all. The operator then needs rights in that namespace only.</summary>
    public string? Namespace { get; init; }

    /// <summary>A label selector, as kubectl takes it with -l; null for all objects.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>
    /// Index functions by name: the values under which <see cref="IResourceCache{T}.ByIndex"/> finds an object. They must depend on the object
    /// alone and must not throw.
    /// </summary>
    public IReadOnlyDictionary<string, Func<T, IEnumerable<string>>> Indexes { get; init; } = new Dictionary<string, Func<T, IEnumerable<string>>>();
}

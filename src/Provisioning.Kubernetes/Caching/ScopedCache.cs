using Provisioning.Api.Meta;

namespace Provisioning.Kubernetes.Caching;

/// <summary>The caches of several namespaces as one. What lies in another namespace is not there.</summary>
internal sealed class ScopedCache<T>(IReadOnlyDictionary<string, IResourceCache<T>> namespaces) : IResourceCache<T>
    where T : class, IKubernetesEntity
{
    public bool HasSynced => namespaces.Values.All(cache => cache.HasSynced);

    public T? Get(NamespacedName key) => namespaces.GetValueOrDefault(key.Namespace)?.Get(key);

    public IReadOnlyList<T> List(string? @namespace = null) => @namespace is null
        ? [.. namespaces.Values.SelectMany(cache => cache.List())]
        : namespaces.GetValueOrDefault(@namespace)?.List() ?? [];

    public IReadOnlyList<T> ByIndex(string index, string value) => [.. namespaces.Values.SelectMany(cache => cache.ByIndex(index, value))];

    public ValueTask<bool> WaitForVersionAsync(NamespacedName key, string resourceVersion, TimeSpan timeout, CancellationToken cancellationToken) =>
        namespaces.GetValueOrDefault(key.Namespace)?.WaitForVersionAsync(key, resourceVersion, timeout, cancellationToken) ?? ValueTask.FromResult(false);
}

using System.Text.Json.Nodes;
using Provisioning.Api.Meta;
using Provisioning.Kubernetes;
using Provisioning.Kubernetes.Caching;
using Provisioning.Kubernetes.Controllers;
using Provisioning.Kubernetes.Rest;

namespace Provisioning.Operator.Tests.Support;

/// <summary>A cache that the test fills by hand; its indexes give everything.</summary>
internal sealed class MemoryCache<T> : IResourceCache<T>
    where T : class, IKubernetesEntity
{
    public List<T> Objects { get; } = [];

    public bool HasSynced => true;

    public T? Get(NamespacedName key) => Objects.Find(item => NamespacedName.Of(item) == key);

    public IReadOnlyList<T> List(string? @namespace = null) => Objects;

    public IReadOnlyList<T> ByIndex(string index, string value) => Objects;

    public ValueTask<bool> WaitForVersionAsync(NamespacedName key, string resourceVersion, TimeSpan timeout, CancellationToken cancellationToken) => ValueTask.FromResult(true);
}

/// <summary>A queue that remembers who was asked for.</summary>
internal sealed class MemoryQueue<T> : IEntityQueue<T>
    where T : class, IKubernetesEntity
{
    public List<string> Asked { get; } = [];

    public void Enqueue(NamespacedName key, TimeSpan? after = null, int priority = 0) => Asked.Add(key.Name);

    public void Wrote(NamespacedName key, string? resourceVersion)
    {
    }
}

/// <summary>A client that only reads, from a function.</summary>
internal sealed class ReadingClient<T>(Func<NamespacedName, Task<T?>> get) : IResourceClient<T>
    where T : class, IKubernetesEntity
{
    private int _reads;

    public int Reads => _reads;

    public Task<T?> GetAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _reads);
        return get(key);
    }

    public Task<T> CreateAsync(T entity, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<T> ReplaceAsync(T entity, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<T> PatchAsync(NamespacedName key, JsonNode patch, PatchKind kind, string? subresource, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task DeleteAsync(NamespacedName key, string? uid, CancellationToken cancellationToken) => throw new NotSupportedException();
}

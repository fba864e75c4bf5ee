using Provisioning.Api.Meta;
using Provisioning.Kubernetes.Caching;

namespace Provisioning.Kubernetes.Tests.Controllers;

/// <summary>A cache that the test fills by hand.</summary>
internal sealed class MemoryCache<T>(TimeProvider time) : IResourceCache<T>
    where T : class, IKubernetesEntity
{
    private readonly Lock _gate = new();
    private readonly Dictionary<NamespacedName, T> _objects = [];
    private readonly Dictionary<NamespacedName, TaskCompletionSource> _waits = [];

    public List<IResourceEventSink<T>> Sinks { get; } = [];

    public bool HasSynced => true;

    public T? Get(NamespacedName key)
    {
        lock (_gate)
            return _objects.GetValueOrDefault(key);
    }

    public IReadOnlyList<T> List(string? @namespace = null) => throw new NotSupportedException();

    public IReadOnlyList<T> ByIndex(string index, string value) => throw new NotSupportedException();

    public async ValueTask<bool> WaitForVersionAsync(NamespacedName key, string resourceVersion, TimeSpan timeout, CancellationToken cancellationToken)
    {
        Task wait;
        lock (_gate)
        {
            if (_objects.GetValueOrDefault(key) is not { } entity || int.Parse(entity.Metadata.ResourceVersion!) >= int.Parse(resourceVersion))
                return true;
            wait = (_waits[key] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }

        try
        {
            await wait.WaitAsync(timeout, time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    public void Put(T entity, bool isInitialList = false)
    {
        var key = NamespacedName.Of(entity);
        T? previous;
        lock (_gate)
        {
            previous = _objects.GetValueOrDefault(key);
            _objects[key] = entity;
            if (_waits.Remove(key, out var wait))
                wait.SetResult();
        }

        Tell(new ResourceEvent<T>(previous is null ? ResourceEventKind.Added : ResourceEventKind.Updated, entity, previous, isInitialList));
    }

    public void Delete(NamespacedName key)
    {
        T? last;
        lock (_gate)
            _objects.Remove(key, out last);
        Tell(new ResourceEvent<T>(ResourceEventKind.Deleted, last!, last, IsInitialList: false));
    }

    private void Tell(ResourceEvent<T> change) => Sinks.ForEach(sink => sink.OnEvent(change));
}

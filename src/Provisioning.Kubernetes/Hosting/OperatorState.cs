namespace Provisioning.Kubernetes.Hosting;

/// <summary>What the health checks need to know of the run.</summary>
internal sealed class OperatorState
{
    private volatile bool _areCachesSynced;
    private volatile Exception? _failure;

    public bool AreCachesSynced => _areCachesSynced;

    public Exception? Failure => _failure;

    public void CachesSynced() => _areCachesSynced = true;

    /// <summary>Remembers the first failure: those that follow are mostly its consequences.</summary>
    public void Failed(Exception failure) => Interlocked.CompareExchange(ref _failure, failure, null);
}

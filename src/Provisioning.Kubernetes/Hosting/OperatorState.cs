namespace Provisioning.Kubernetes.Hosting;

/// <summary>How far the run of this operator is.</summary>
public sealed class OperatorState
{
    private volatile bool _areCachesSynced;
    private volatile bool _isWorking;
    private volatile Exception? _failure;

    /// <summary>Whether the caches have been filled.</summary>
    public bool AreCachesSynced => _areCachesSynced;

    /// <summary>Whether the controllers of this instance work. Those of a standby do not: what it has in its caches is told by the one that leads.</summary>
    public bool IsWorking => _isWorking;

    internal Exception? Failure => _failure;

    internal void CachesSynced() => _areCachesSynced = true;

    internal void Working(bool isWorking) => _isWorking = isWorking;

    /// <summary>Remembers the first failure: those that follow are mostly its consequences.</summary>
    internal void Failed(Exception failure) => Interlocked.CompareExchange(ref _failure, failure, null);
}

namespace Provisioning.Kubernetes.Events;

/// <summary>Bounded, never blocks: when it is full the oldest normal occurrence makes room, and only without one the oldest warning.</summary>
internal sealed class OccurrenceQueue(int capacity) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Queue<Occurrence> _warnings = new();
    private readonly Queue<Occurrence> _normals = new();
    private readonly SemaphoreSlim _arrived = new(0, 1);

    /// <summary>Adds an occurrence.</summary>
    /// <returns>False if another one was dropped for it.</returns>
    public bool Add(Occurrence occurrence)
    {
        lock (_gate)
        {
            var isFull = _warnings.Count + _normals.Count >= capacity;
            if (isFull)
                (_normals.Count > 0 ? _normals : _warnings).Dequeue();
            (occurrence.Key.Type == EventType.Warning ? _warnings : _normals).Enqueue(occurrence);
            if (_arrived.CurrentCount == 0)
                _arrived.Release();
            return !isFull;
        }
    }

    /// <summary>Takes the next occurrence, warnings first; null if there is none.</summary>
    public Occurrence? TryTake()
    {
        lock (_gate)
            return _warnings.TryDequeue(out var next) || _normals.TryDequeue(out next) ? next : null;
    }

    /// <summary>Returns when something was added since the last call.</summary>
    public Task WaitAsync(CancellationToken cancellationToken) => _arrived.WaitAsync(cancellationToken);

    public void Dispose() => _arrived.Dispose();
}

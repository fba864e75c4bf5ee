namespace Provisioning.Kubernetes.Caching;

/// <summary>How far a reflector has come, with the cache and with the sinks, and those who wait until it has come to a version.</summary>
internal sealed class ShownVersions
{
    private readonly Lock _lock = new();
    private readonly List<(string Version, TaskCompletionSource Reached)> _waiting = [];
    private string? _latest;

    /// <summary>The version that was come to last; null before the first list.</summary>
    public string? Latest
    {
        get
        {
            lock (_lock)
                return _latest;
        }
    }

    /// <summary>Completes when a version, or a newer one, has been come to.</summary>
    public Task UntilAsync(string version)
    {
        lock (_lock)
        {
            if (ResourceVersions.Covers(_latest, version))
                return Task.CompletedTask;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((version, reached));
            return reached.Task;
        }
    }

    /// <summary>A version has been come to.</summary>
    public void Show(string version)
    {
        lock (_lock)
        {
            _latest = version;
            foreach (var (_, reached) in _waiting.Where(waiting => ResourceVersions.Covers(version, waiting.Version)))
                reached.SetResult();
            _waiting.RemoveAll(waiting => waiting.Reached.Task.IsCompleted);
        }
    }
}

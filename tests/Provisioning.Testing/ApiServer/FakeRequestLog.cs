namespace Provisioning.Testing.ApiServer;

/// <summary>All requests in the order of arrival: what the API server was made to do.</summary>
public sealed class FakeRequestLog
{
    private readonly Lock _lock = new();
    private readonly List<FakeCall> _calls = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The requests so far.</summary>
    public IReadOnlyList<FakeCall> All
    {
        get
        {
            lock (_lock)
                return [.. _calls];
        }
    }

    /// <summary>Number of requests of a verb, and of a resource if one is named.</summary>
    public int Count(string verb, string? resource = null) => All.Count(call => call.Verb == verb && (resource is null || call.Resource == resource));

    /// <summary>Waits until so many requests fit, and gives the last of them. Also past ones count.</summary>
    /// <param name="fits">Which ones count.</param>
    /// <param name="count">How many.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<FakeCall> WaitForAsync(Func<FakeCall, bool> fits, int count, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_calls.Where(fits).Skip(count - 1).FirstOrDefault() is { } found)
                    return found;
                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    internal void Add(FakeCall call) => Change(() => _calls.Add(call));

    internal void Answered(FakeCall call, int code) => Change(() => call.Code = code);

    private void Change(Action change)
    {
        lock (_lock)
        {
            change();
            _changed.TrySetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}

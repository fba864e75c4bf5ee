namespace Provisioning.Kubernetes.Caching;

/// <summary>Those who wait for a cache that is newer than their asking. Who asks ends the turn of the loop that is under way, so that the next one lists.</summary>
#pragma warning disable CA1001 // Without a timer and unlinked, a source holds nothing; disposed of, it could not be cancelled by one who asks at that moment.
internal sealed class CatchUps
#pragma warning restore CA1001
{
    private readonly Lock _lock = new();
    private readonly List<TaskCompletionSource> _waiting = [];
    private CancellationTokenSource _turn = new();

    /// <summary>Completes when a list that was begun after this call is in the cache.</summary>
    public async Task AskAsync()
    {
        var asking = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        CancellationTokenSource turn;
        lock (_lock)
        {
            _waiting.Add(asking);
            turn = _turn;
        }

        await turn.CancelAsync();
        await asking.Task;
    }

    /// <summary>Begins a turn of the loop.</summary>
    /// <returns>What ends it, and how many had asked before: they are served by a list that begins now.</returns>
    public (CancellationToken Ends, int Asked) BeginTurn()
    {
        lock (_lock)
        {
            _turn = new();
            return (_turn.Token, _waiting.Count);
        }
    }

    /// <summary>The first so many have what they asked for.</summary>
    public void Serve(int count)
    {
        List<TaskCompletionSource> served;
        lock (_lock)
        {
            served = _waiting[..count];
            _waiting.RemoveRange(0, count);
        }

        served.ForEach(asking => asking.SetResult());
    }
}

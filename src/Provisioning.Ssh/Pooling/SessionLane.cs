using Microsoft.Extensions.Logging;

namespace Provisioning.Ssh.Pooling;

/// <summary>
/// The sessions to one address and port. A session that failed is thrown away; one that rested is asked for a sign of life before it is used, since a frozen peer looks
/// connected for ever. One that rests under another login makes room for whoever has the next turn.
/// </summary>
internal sealed class SessionLane(ISshConnector connector, TimeProvider timeProvider, ILogger logger)
{
    private static readonly TimeSpan TrustedFor = TimeSpan.FromSeconds(10);
    private static readonly SshExecuteOptions Heartbeat = new() { Timeout = TimeSpan.FromSeconds(5), MaximumOutputBytes = 64 };

    private readonly Lock _lock = new();
    private readonly HashSet<SshSessionShare> _shares = [];
    private readonly LinkedList<Turn> _line = [];

    // The oldest first.
    private readonly List<IdleSession> _idle = [];

    // Sessions that are rented, being opened or being closed. With the idle ones they are at most the limit, except where the limit has become smaller since.
    private int _taken;
    private bool _closed;

    /// <summary>Whether nobody uses it.</summary>
    public bool IsUnused
    {
        get
        {
            lock (_lock)
                return _shares.Count == 0 && _taken == 0 && _idle.Count == 0;
        }
    }

    private int Limit => _shares.Count == 0 ? 0 : _shares.Min(share => share.Limit);

    public void Join(SshSessionShare share)
    {
        List<IdleSession> surplus;
        lock (_lock)
        {
            _shares.Add(share);
            surplus = TakeIdle(_idle.Take(_taken + _idle.Count - Limit));
        }

        _ = CloseAllAsync(surplus, "a smaller limit holds now");
    }

    public Task LeaveAsync(SshSessionShare share)
    {
        List<IdleSession> own;
        lock (_lock)
        {
            if (!_shares.Remove(share))
                return Task.CompletedTask;
            own = TakeIdle(_idle.Where(idle => idle.Share == share));
            foreach (var turn in _line.Where(turn => turn.Share == share).ToList())
            {
                _line.Remove(turn);
                turn.Granted.SetException(new ObjectDisposedException(nameof(SshSessionShare)));
            }

            GrantTurns();
        }

        return CloseAllAsync(own, "its login is not used any more");
    }

    public void CloseIdle(TimeSpan restedFor)
    {
        List<IdleSession> old;
        lock (_lock)
            old = TakeIdle(_idle.Where(idle => timeProvider.GetElapsedTime(idle.Since) >= restedFor));
        _ = CloseAllAsync(old, "it was not used");
    }

    public Task CloseAsync()
    {
        List<SshSessionShare> shares;
        lock (_lock)
        {
            _closed = true;
            shares = [.. _shares];
        }

        return Task.WhenAll(shares.Select(LeaveAsync));
    }

    public async Task<ISshSession> RentAsync(SshSessionShare share, CancellationToken cancellationToken)
    {
        var found = await WaitForTurnAsync(share, cancellationToken);
        try
        {
            while (found is not null)
            {
                if (found.Share != share)
                    await CloseAsync(found, "another login needs its place");
                else if (await IsUsableAsync(found, cancellationToken))
                    return new PooledSession(this, share, found.Session);
                else
                    await CloseAsync(found, "it is no longer usable");
                found = TakeOwn(share);
            }

            return new PooledSession(this, share, await connector.ConnectAsync(share.Endpoint, cancellationToken));
        }
        catch
        {
            GiveBack();
            throw;
        }
    }

    /// <summary>Waits until a place is granted, in the order of those who ask.</summary>
    /// <returns>The idle session whose place it is, of whatever share; null if the place is empty.</returns>
    private async Task<IdleSession?> WaitForTurnAsync(SshSessionShare share, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var turn = new Turn(share);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed || !_shares.Contains(share), share);
            _line.AddLast(turn);
            GrantTurns();
        }

        if (turn.Granted.Task.IsCompletedSuccessfully)
            return await turn.Granted.Task;
        SshMetrics.Waiting();
        await using var leaving = cancellationToken.Register(() => GiveUp(turn, cancellationToken));
        try
        {
            return await turn.Granted.Task;
        }
        finally
        {
            SshMetrics.Waited();
        }
    }

    private void GiveUp(Turn turn, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_line.Remove(turn))
                turn.Granted.SetCanceled(cancellationToken);
        }
    }

    /// <summary>Under the lock.</summary>
    private void GrantTurns()
    {
        while (_line.First is { Value: var turn } && _taken < Limit)
        {
            _line.RemoveFirst();
            // The youngest of its own is the most likely to live; of the others' the oldest is missed least.
            var found = _idle.FindLast(idle => idle.Share == turn.Share) ?? (_taken + _idle.Count >= Limit ? _idle.FirstOrDefault() : null);
            if (found is not null)
                _idle.Remove(found);
            _taken++;
            turn.Granted.SetResult(found);
        }
    }

    private IdleSession? TakeOwn(SshSessionShare share)
    {
        lock (_lock)
        {
            var found = _idle.FindLast(idle => idle.Share == share);
            if (found is not null)
                _idle.Remove(found);
            return found;
        }
    }

    /// <summary>Under the lock: takes sessions out, to be closed. Till then they keep their places.</summary>
    private List<IdleSession> TakeIdle(IEnumerable<IdleSession> sessions)
    {
        var taken = sessions.ToList();
        _idle.RemoveAll(taken.Contains);
        _taken += taken.Count;
        return taken;
    }

    private async ValueTask ReturnAsync(SshSessionShare share, ISshSession session, bool broken)
    {
        lock (_lock)
        {
            if (!broken && _shares.Contains(share) && _taken + _idle.Count <= Limit)
            {
                _idle.Add(new(session, share, timeProvider.GetTimestamp()));
                _taken--;
                GrantTurns();
                return;
            }
        }

        await session.DisposeAsync();
        GiveBack();
    }

    private void GiveBack()
    {
        lock (_lock)
        {
            _taken--;
            GrantTurns();
        }
    }

    private async Task<bool> IsUsableAsync(IdleSession idle, CancellationToken cancellationToken)
    {
        if (timeProvider.GetElapsedTime(idle.Since) < TrustedFor)
            return true;
        try
        {
            return (await idle.Session.ExecuteAsync(ShellCommand.Of("true"), Heartbeat, cancellationToken)).IsSuccess;
        }
        catch (SshFailureException)
        {
            return false;
        }
        catch (OperationCanceledException)
        {
            await idle.Session.DisposeAsync();
            throw;
        }
    }

    private Task CloseAllAsync(List<IdleSession> sessions, string why) => Task.WhenAll(sessions.Select(async idle =>
    {
        await CloseAsync(idle, why);
        GiveBack();
    }));

    private ValueTask CloseAsync(IdleSession idle, string why)
    {
        SshLog.SessionClosed(logger, idle.Share.Endpoint.ToString(), why);
        return idle.Session.DisposeAsync();
    }

    private sealed record IdleSession(ISshSession Session, SshSessionShare Share, long Since);

    private sealed class Turn(SshSessionShare share)
    {
        public SshSessionShare Share => share;

        public TaskCompletionSource<IdleSession?> Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class PooledSession(SessionLane lane, SshSessionShare share, ISshSession inner) : ISshSession
    {
        private bool _broken;
        private int _returned;

        public string HostKey => inner.HostKey;

        public async Task<SshResult> ExecuteAsync(ShellCommand command, SshExecuteOptions? options, CancellationToken cancellationToken)
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _returned) != 0, this);
            try
            {
                return await inner.ExecuteAsync(command, options, cancellationToken);
            }
            catch
            {
                // Also after a cancelled wait: the command may still run and fill the session with output that nobody reads.
                _broken = true;
                throw;
            }
        }

        public ValueTask DisposeAsync() =>
            Interlocked.Exchange(ref _returned, 1) == 0 ? lane.ReturnAsync(share, inner, _broken) : ValueTask.CompletedTask;
    }
}

using Microsoft.Extensions.Logging;

namespace Provisioning.Ssh.Pooling;

/// <summary>
/// Shares sessions: at most a fixed number to one endpoint at a time, first come first served. A session that failed is thrown away; one that rested is asked for a
/// sign of life before it is used, since a frozen peer looks connected for ever. A changed login or host key makes the idle sessions unusable.
/// </summary>
public sealed class SshSessionPool : IAsyncDisposable
{
    // Shorter than the idle time-outs of usual firewalls and of sshd's ClientAliveInterval set-ups.
    private static readonly TimeSpan CloseAfter = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan TrustedFor = TimeSpan.FromSeconds(10);
    private static readonly SshExecuteOptions Heartbeat = new() { Timeout = TimeSpan.FromSeconds(5), MaximumOutputBytes = 64 };

    private readonly ISshConnector _connector;
    private readonly int _limit;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Lane> _lanes = [];
    private readonly ITimer _sweeper;
    private bool _disposed;

    /// <summary>Makes a pool.</summary>
    /// <param name="connector">Opens the sessions.</param>
    /// <param name="limit">Most sessions to one endpoint, idle ones included.</param>
    /// <param name="timeProvider">Clock.</param>
    /// <param name="loggers">Loggers.</param>
    public SshSessionPool(ISshConnector connector, int limit, TimeProvider timeProvider, ILoggerFactory loggers)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        _connector = connector;
        _limit = limit;
        _timeProvider = timeProvider;
        _logger = loggers.CreateLogger<SshSessionPool>();
        _sweeper = timeProvider.CreateTimer(_ => CloseIdle(), null, CloseAfter / 2, CloseAfter / 2);
    }

    /// <summary>Waits for its turn and hands out a session; disposing it gives it back.</summary>
    /// <exception cref="SshFailureException">No session could be opened.</exception>
    public async Task<ISshSession> RentAsync(SshEndpoint endpoint, CancellationToken cancellationToken)
    {
        var lane = LaneOf(endpoint);
        await WaitForTurnAsync(lane, cancellationToken);
        try
        {
            while (TakeIdle(lane) is { } idle)
            {
                if (await IsUsableAsync(idle, endpoint, cancellationToken))
                    return new PooledSession(this, lane, idle.Session, Key(endpoint));
                await CloseAsync(idle.Session, endpoint, "it is no longer usable");
            }

            return new PooledSession(this, lane, await _connector.ConnectAsync(endpoint, cancellationToken), Key(endpoint));
        }
        catch
        {
            lane.Slots.Release();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        List<ISshSession> idle;
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
            idle = [.. _lanes.Values.SelectMany(lane => lane.Idle).Select(session => session.Session)];
            foreach (var lane in _lanes.Values)
                lane.Idle.Clear();
        }

        await _sweeper.DisposeAsync();
        foreach (var session in idle)
            await session.DisposeAsync();
    }

    /// <summary>Grants waiters in their order.</summary>
    private static async Task WaitForTurnAsync(Lane lane, CancellationToken cancellationToken)
    {
        var turn = lane.Slots.WaitAsync(cancellationToken);
        if (turn.IsCompletedSuccessfully)
            return;
        SshMetrics.Waiting();
        try
        {
            await turn;
        }
        finally
        {
            SshMetrics.Waited();
        }
    }

    private async ValueTask ReturnAsync(Lane lane, ISshSession session, string key, bool broken)
    {
        bool keep;
        lock (_lock)
        {
            keep = !broken && !_disposed;
            if (keep)
                lane.Idle.Push(new(session, key, _timeProvider.GetTimestamp()));
        }

        if (!keep)
            await session.DisposeAsync();
        lane.Slots.Release();
    }

    private Lane LaneOf(SshEndpoint endpoint)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var name = endpoint.ToString();
            if (!_lanes.TryGetValue(name, out var lane))
                _lanes[name] = lane = new(new SemaphoreSlim(_limit, _limit));
            return lane;
        }
    }

    private IdleSession? TakeIdle(Lane lane)
    {
        lock (_lock)
            return lane.Idle.TryPop(out var idle) ? idle : null;
    }

    private async Task<bool> IsUsableAsync(IdleSession idle, SshEndpoint endpoint, CancellationToken cancellationToken)
    {
        if (idle.Key != Key(endpoint))
            return false;
        if (_timeProvider.GetElapsedTime(idle.Since) < TrustedFor)
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

    private void CloseIdle()
    {
        List<IdleSession> old = [];
        lock (_lock)
        {
            foreach (var lane in _lanes.Values)
            {
                var kept = lane.Idle.Where(idle => _timeProvider.GetElapsedTime(idle.Since) < CloseAfter).Reverse().ToList();
                old.AddRange(lane.Idle.Except(kept));
                lane.Idle.Clear();
                kept.ForEach(lane.Idle.Push);
            }
        }

        foreach (var idle in old)
            _ = idle.Session.DisposeAsync().AsTask();
    }

    private ValueTask CloseAsync(ISshSession session, SshEndpoint endpoint, string why)
    {
        SshLog.SessionClosed(_logger, endpoint.ToString(), why);
        return session.DisposeAsync();
    }

    /// <summary>What a session was opened with; never the secret itself.</summary>
    private static string Key(SshEndpoint endpoint) =>
        $"{endpoint.Credentials.SecretName}\n{endpoint.Credentials.Version}\n{endpoint.TrustAnyHostKey}\n{string.Join('\n', endpoint.HostKeys)}";

    private sealed record IdleSession(ISshSession Session, string Key, long Since);

    private sealed record Lane(SemaphoreSlim Slots)
    {
        public Stack<IdleSession> Idle { get; } = new();
    }

    private sealed class PooledSession(SshSessionPool pool, Lane lane, ISshSession inner, string key) : ISshSession
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
            Interlocked.Exchange(ref _returned, 1) == 0 ? pool.ReturnAsync(lane, inner, key, _broken) : ValueTask.CompletedTask;
    }
}

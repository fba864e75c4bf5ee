using System.Net;
using Microsoft.Extensions.Logging;

namespace Provisioning.Ssh.Pooling;

/// <summary>
/// The sessions to all endpoints. Use one instance for the whole program: the limit of an endpoint, an address and its port, holds for all who use it together, whatever
/// their engine, their user and their Provisioner. Where they name different limits, the smallest holds for all of them.
/// </summary>
public sealed class SshSessionPool : IAsyncDisposable
{
    // Shorter than the idle time-outs of usual firewalls and of sshd's ClientAliveInterval set-ups.
    private static readonly TimeSpan CloseAfter = TimeSpan.FromMinutes(2);

    private readonly ISshConnector _connector;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, SessionLane> _lanes = [];
    private readonly ITimer _sweeper;
    private bool _disposed;

    /// <summary>Makes a pool.</summary>
    /// <param name="connector">Opens the sessions.</param>
    /// <param name="timeProvider">Clock.</param>
    /// <param name="loggers">Loggers.</param>
    public SshSessionPool(ISshConnector connector, TimeProvider timeProvider, ILoggerFactory loggers)
    {
        _connector = connector;
        _timeProvider = timeProvider;
        _logger = loggers.CreateLogger<SshSessionPool>();
        _sweeper = timeProvider.CreateTimer(_ => Sweep(), null, CloseAfter / 2, CloseAfter / 2);
    }

    /// <summary>Takes a share in the sessions to an endpoint. Dispose of it when no more are rented.</summary>
    /// <param name="endpoint">Where it is, and how this one logs in there.</param>
    /// <param name="limit">Most sessions to its address and port, idle ones and those of others included.</param>
    public SshSessionShare Join(SshEndpoint endpoint, int limit)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var name = NameOf(endpoint);
            if (!_lanes.TryGetValue(name, out var lane))
                _lanes[name] = lane = new(_connector, _timeProvider, _logger);
            var share = new SshSessionShare(lane, endpoint, limit);
            lane.Join(share);
            return share;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        List<SessionLane> lanes;
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
            lanes = [.. _lanes.Values];
        }

        await _sweeper.DisposeAsync();
        await Task.WhenAll(lanes.Select(lane => lane.CloseAsync()));
    }

    /// <summary>One endpoint has one name, however its address is written. What a name resolves to is not asked: it may change at any time.</summary>
    private static string NameOf(SshEndpoint endpoint) =>
        $"{(IPAddress.TryParse(endpoint.Address, out var address) ? address.ToString() : endpoint.Address.TrimEnd('.').ToLowerInvariant())} {endpoint.Port}";

    private void Sweep()
    {
        lock (_lock)
        {
            foreach (var (name, lane) in _lanes)
            {
                lane.CloseIdle(CloseAfter);
                // Not when the last share goes: what is still rented counts for those that come next.
                if (lane.IsUnused)
                    _lanes.Remove(name);
            }
        }
    }
}

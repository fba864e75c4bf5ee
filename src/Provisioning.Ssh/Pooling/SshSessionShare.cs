namespace Provisioning.Ssh.Pooling;

/// <summary>The sessions to an endpoint for one who uses it: they are opened with its login, and are never handed to another one. Made by <see cref="SshSessionPool.Join"/>.</summary>
public sealed class SshSessionShare : IAsyncDisposable
{
    private readonly SessionLane _lane;

    internal SshSessionShare(SessionLane lane, SshEndpoint endpoint, int limit)
    {
        _lane = lane;
        Endpoint = endpoint;
        Limit = limit;
    }

    /// <summary>Where it is, and how to log in.</summary>
    public SshEndpoint Endpoint { get; }

    internal int Limit { get; }

    /// <summary>Waits for its turn, first come, first served among all who use the endpoint, and hands out a session; disposing it gives it back.</summary>
    /// <exception cref="SshFailureException">No session could be opened.</exception>
    public Task<ISshSession> RentAsync(CancellationToken cancellationToken) => _lane.RentAsync(this, cancellationToken);

    /// <summary>Closes its sessions: idle ones now, rented ones when they are given back. Its limit holds no longer.</summary>
    public ValueTask DisposeAsync() => new(_lane.LeaveAsync(this));
}

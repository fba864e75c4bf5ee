namespace Provisioning.Ssh.Tests.Support;

/// <summary>Opens sessions that lead nowhere.</summary>
internal sealed class FakeConnector : ISshConnector
{
    public List<FakeSession> Opened { get; } = [];

    public bool Refuses { get; set; }

    public int Open => Opened.Count(session => !session.Disposed);

    public Task<ISshSession> ConnectAsync(SshEndpoint endpoint, CancellationToken cancellationToken)
    {
        if (Refuses)
            throw new SshFailureException(SshFailureKind.Unreachable, "no");
        lock (Opened)
            Opened.Add(new(endpoint.User));
        return Task.FromResult<ISshSession>(Opened[^1]);
    }
}

/// <summary>A session that leads nowhere.</summary>
/// <param name="user">Whose it is.</param>
internal sealed class FakeSession(string user) : ISshSession
{
    /// <summary>Closing takes until then.</summary>
    public Task Closing { get; set; } = Task.CompletedTask;

    public string User => user;

    public bool Fails { get; set; }

    public bool Disposed { get; private set; }

    public int Executed { get; private set; }

    public string HostKey => "ssh-ed25519 AAAA";

    public Task<SshResult> ExecuteAsync(ShellCommand command, SshExecuteOptions? options, CancellationToken cancellationToken)
    {
        Executed++;
        return Fails ? throw new SshFailureException(SshFailureKind.TimedOut, "frozen") : Task.FromResult(new SshResult(0, "", "", false));
    }

    public async ValueTask DisposeAsync()
    {
        await Closing;
        Disposed = true;
    }
}

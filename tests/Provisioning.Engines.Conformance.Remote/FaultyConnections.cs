using Provisioning.Ssh;

namespace Provisioning.Engines.Conformance.Remote;

/// <summary>Connections to a host or a machine, with the faults that connections have, for engines that reach their counterpart by SSH.</summary>
/// <param name="counterpart">Who does not answer, as "The VM host".</param>
public sealed class FaultyConnections(string counterpart)
{
    /// <summary>The fault that all of them have now; null for none.</summary>
    public WorldFault? Fault { get; set; }

    /// <summary>What a login meets; it may fail or hang.</summary>
    public Task LogInAsync(CancellationToken cancellationToken) => Fault switch
    {
        WorldFault.Unreachable => throw new SshFailureException(SshFailureKind.Unreachable, $"{counterpart} does not answer."),
        WorldFault.CredentialsRefused => throw new SshFailureException(SshFailureKind.CredentialsRefused, $"{counterpart} does not let us in."),
        _ => WaitAsync(cancellationToken),
    };

    /// <summary>A session whose commands meet the fault of the moment.</summary>
    /// <param name="session">The session that is good.</param>
    /// <param name="isShared">Whether others use it too, so that it is not closed with this one.</param>
    public ISshSession Over(ISshSession session, bool isShared) => new Session(this, session, isShared);

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        if (Fault == WorldFault.Slow)
            throw new SshFailureException(SshFailureKind.TimedOut, $"{counterpart} did not answer in time.");
        if (Fault == WorldFault.Silent)
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
    }

    private sealed class Session(FaultyConnections connections, ISshSession inner, bool isShared) : ISshSession
    {
        public string HostKey => inner.HostKey;

        public async Task<SshResult> ExecuteAsync(ShellCommand command, SshExecuteOptions? options, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await connections.WaitAsync(cancellationToken);
            if (connections.Fault == WorldFault.Unreachable)
                throw new SshFailureException(SshFailureKind.ConnectionLost, "The connection broke.");
            if (connections.Fault == WorldFault.Garbled)
                return new(0, "\u0001\u0002 what is this?\n", "", OutputTruncated: false);
            var result = await inner.ExecuteAsync(command, options, cancellationToken);
            return connections.Fault == WorldFault.LostReply ? throw new SshFailureException(SshFailureKind.ConnectionLost, "The answer was lost.") : result;
        }

        public ValueTask DisposeAsync() => isShared ? ValueTask.CompletedTask : inner.DisposeAsync();
    }
}

namespace Provisioning.Ssh;

/// <summary>An authenticated SSH connection to one machine. Commands may run on it at the same time.</summary>
public interface ISshSession : IAsyncDisposable
{
    /// <summary>The host key that the machine showed and that was accepted, "ssh-ed25519 AAAA...".</summary>
    string HostKey { get; }

    /// <summary>
    /// Runs a command to its end. The exit code is an answer, not an error. Output beyond the bound is read and thrown away, and
    /// <see cref="SshResult.OutputTruncated"/> says so.
    /// </summary>
    /// <param name="command">The command line; built with <see cref="ShellCommand"/> from an argument list.</param>
    /// <param name="options">Input, bounds and timeout; null for the defaults.</param>
    /// <param name="cancellationToken">Stops waiting. The remote process may go on: what must not is run as a detached job.</param>
    /// <exception cref="SshFailureException">The connection failed, or the command took longer than its timeout.</exception>
    Task<SshResult> ExecuteAsync(ShellCommand command, SshExecuteOptions? options, CancellationToken cancellationToken);
}

/// <summary>Opens SSH connections.</summary>
public interface ISshConnector
{
    /// <summary>Connects, checks the host key, logs in.</summary>
    /// <exception cref="SshFailureException">It could not; the kind says why.</exception>
    Task<ISshSession> ConnectAsync(SshEndpoint endpoint, CancellationToken cancellationToken);
}

/// <summary>What a command came to.</summary>
/// <param name="ExitCode">Exit code; 128 and more where a signal ended it.</param>
/// <param name="Output">Standard output, at most the bound; bytes that are not UTF-8 are replaced.</param>
/// <param name="Error">Standard error, at most 64 KiB.</param>
/// <param name="OutputTruncated">Whether there was more output than the bound.</param>
public sealed record SshResult(int ExitCode, string Output, string Error, bool OutputTruncated)
{
    /// <summary>Standard output as it came, where <see cref="SshExecuteOptions.Binary"/> asked for that; <see cref="Output"/> is empty then.</summary>
    public ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>Whether the exit code was 0.</summary>
    public bool IsSuccess => ExitCode == 0;
}

/// <summary>Bounds of one command.</summary>
public sealed record SshExecuteOptions
{
    /// <summary>Bytes for standard input; it is closed after them. Empty input is /dev/null.</summary>
    public ReadOnlyMemory<byte> Input { get; init; }

    /// <summary>Whether standard output is no text.</summary>
    public bool Binary { get; init; }

    /// <summary>Most bytes of standard output that are kept.</summary>
    public int MaximumOutputBytes { get; init; } = 64 * 1024;

    /// <summary>Longest time for the command.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);
}

namespace Provisioning.Ssh.Jobs;

/// <summary>A command with an effect. It runs at most once for its operation and name, whoever asks and however often.</summary>
/// <param name="Name">Name of the job, unique in its operation: a plain word.</param>
/// <param name="Script">A constant POSIX shell script. It may write one line of progress to "$PROVISIONING_JOB/progress"; what it prints is the log.</param>
/// <param name="Arguments">Its positional arguments.</param>
public sealed record DetachedJob(string Name, string Script, params IReadOnlyList<string> Arguments)
{
    /// <summary>
    /// Whether the job may run again if it was started and then vanished without an exit code, because the host crashed or somebody killed it. Only for
    /// scripts that may be repeated from any point.
    /// </summary>
    public bool RunAgainWhenLost { get; init; }
}

using System.Globalization;
using System.Text.RegularExpressions;

namespace Provisioning.Ssh.Jobs;

/// <summary>
/// Commands with effects on a host, each run at most once, whoever dies in between: they run beside the connection, leave their outcome in a directory, and whoever
/// asks again is told about the first run. Every one is fenced by the number of its operation.
/// </summary>
public static partial class DetachedJobs
{
    // Beyond the lock wait (10 s), the stop of older jobs (4 s each) and the caller's patience.
    private static readonly TimeSpan Allowance = TimeSpan.FromSeconds(45);

    /// <summary>Starts the job, if it was not yet started, and reports how far it is.</summary>
    /// <param name="session">A session to the host.</param>
    /// <param name="scope">Operation and place.</param>
    /// <param name="job">The job.</param>
    /// <param name="patience">How long to wait for its end before reporting that it runs.</param>
    /// <param name="cancellationToken">Ends the wait; the job goes on.</param>
    /// <exception cref="SshFailureException">No answer. The job may have been started: ask again.</exception>
    public static async Task<JobReport> StartOrAttachAsync(ISshSession session, JobScope scope, DetachedJob job, TimeSpan patience, CancellationToken cancellationToken)
    {
        RequirePlainName(job.Name);
        var steps = (int)Math.Ceiling(patience / TimeSpan.FromMilliseconds(50));
        string[] arguments =
        [
            .. Arguments(scope), job.Name, job.RunAgainWhenLost ? "1" : "0", steps.ToString(CultureInfo.InvariantCulture), JobScripts.Runner, job.Script, .. job.Arguments,
        ];
        return await ExecuteAsync(session, JobScripts.Start, arguments, patience, cancellationToken);
    }

    /// <summary>Runs a short script that may be repeated, to its end, if the fence lets it pass.</summary>
    /// <exception cref="SshFailureException">No answer. It may have run.</exception>
    public static Task<JobReport> RunFencedAsync(ISshSession session, JobScope scope, string script, IReadOnlyList<string> arguments, CancellationToken cancellationToken) =>
        ExecuteAsync(session, JobScripts.RunFenced, [.. Arguments(scope), script, .. arguments], TimeSpan.Zero, cancellationToken);

    /// <summary>Ends the jobs of an operation, keeps it from starting more, and runs a short script that removes what it left.</summary>
    /// <exception cref="SshFailureException">No answer. Ask again.</exception>
    public static Task<JobReport> AbandonAsync(ISshSession session, JobScope scope, string script, IReadOnlyList<string> arguments, CancellationToken cancellationToken) =>
        ExecuteAsync(session, JobScripts.Abandon, [.. Arguments(scope), script, .. arguments], TimeSpan.Zero, cancellationToken);

    private static async Task<JobReport> ExecuteAsync(ISshSession session, string script, string[] arguments, TimeSpan patience, CancellationToken cancellationToken)
    {
        var options = new SshExecuteOptions { Timeout = patience + Allowance, MaximumOutputBytes = 64 * 1024 };
        return JobReportParser.Parse(await session.ExecuteAsync(ShellCommand.Script(script, arguments), options, cancellationToken));
    }

    private static string[] Arguments(JobScope scope)
    {
        RequirePlainName(scope.OperationId);
        RequirePlainName(scope.Owner);
        return [scope.Directory, scope.FenceFile, scope.Owner, scope.Sequence.ToString(CultureInfo.InvariantCulture), scope.OperationId];
    }

    /// <summary>These become parts of paths and lines, so nothing else is let through, whatever was checked before.</summary>
    private static void RequirePlainName(string name)
    {
        if (!PlainName().IsMatch(name))
            throw new ArgumentException($"'{name}' is not a plain name.", nameof(name));
    }

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9_-]{0,127}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex PlainName();
}

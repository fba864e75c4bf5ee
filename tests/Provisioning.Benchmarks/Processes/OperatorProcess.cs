using System.Diagnostics;

namespace Provisioning.Benchmarks.Processes;

/// <summary>The operator as a process of its own, with its log in a file.</summary>
internal sealed class OperatorProcess : IAsyncDisposable
{
    private const string SyncedMark = "Caches synced";
    private const string StandsByMark = "stands by";
    private const string WorksMark = "Work begins";
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(30);

    private readonly TaskCompletionSource<TimeSpan> _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _standsBy = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<long> _works = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly Process _process;
    private readonly StreamWriter _log;
    private readonly TimeProvider _time;

    private OperatorProcess(ProcessStartInfo start, string logFile, TimeProvider time)
    {
        _time = time;
        _log = new StreamWriter(logFile) { AutoFlush = true };
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        Started = time.GetTimestamp();
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    /// <summary>Timestamp of the start.</summary>
    public long Started { get; }

    /// <summary>From the start of the process until its log says that the caches are there.</summary>
    public Task<TimeSpan> Synced => _synced.Task;

    /// <summary>Completes when its log says that it waits for another one's Lease.</summary>
    public Task StandsBy => _standsBy.Task;

    /// <summary>Timestamp of the moment at which its log says that it has taken over from another one and begins to work.</summary>
    public Task<long> Works => _works.Task;

    /// <summary>Starts the operator.</summary>
    /// <param name="program">Path of the program.</param>
    /// <param name="kubeconfig">Path of its kubeconfig.</param>
    /// <param name="logFile">Where its log goes.</param>
    /// <param name="time">Clock.</param>
    /// <param name="arguments">More arguments.</param>
    public static OperatorProcess Start(string program, string kubeconfig, string logFile, TimeProvider time, params IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add($"--kubeconfig={kubeconfig}");
        start.ArgumentList.Add("--listen=http://127.0.0.1:0");
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return new(start, logFile, time);
    }

    /// <summary>Throws if the operator has ended by itself.</summary>
    public void ThrowIfEnded()
    {
        if (_process.HasExited)
            throw new BenchmarkException($"The operator ended with code {_process.ExitCode}. Read its log.");
    }

    /// <summary>What it has used so far.</summary>
    public ProcessUsage Usage()
    {
        ThrowIfEnded();
        return ProcessUsage.Read(Id);
    }

    /// <summary>Ends it with SIGKILL.</summary>
    public Task KillAsync()
    {
        _process.Kill();
        return _process.WaitForExitAsync();
    }

    /// <summary>Tells it to end, as Kubernetes does.</summary>
    public async Task TellToEndAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{Id}"]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Ends it as Kubernetes does: SIGTERM, and SIGKILL if that does not help.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await TellToEndAsync();
            using var limit = new CancellationTokenSource(StopTimeout, _time);
            await _process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
        await _log.DisposeAsync();
    }

    private void Take(string? line)
    {
        if (line is null)
            return;
        if (line.Contains(SyncedMark, StringComparison.Ordinal))
            _synced.TrySetResult(_time.GetElapsedTime(Started));
        if (line.Contains(StandsByMark, StringComparison.Ordinal))
            _standsBy.TrySetResult();
        if (line.Contains(WorksMark, StringComparison.Ordinal))
            _works.TrySetResult(_time.GetTimestamp());
        lock (_gate)
            _log.WriteLine(line);
    }
}

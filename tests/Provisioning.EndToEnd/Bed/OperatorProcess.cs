using System.Diagnostics;

namespace Provisioning.EndToEnd.Bed;

/// <summary>The operator as a process of its own, under the rights that hack/manifests/rbac.yaml gives it.</summary>
/// <param name="kubeconfig">Kubeconfig of the user provisioning-operator.</param>
/// <param name="log">File for what it prints; several runs follow one another in it.</param>
/// <param name="arguments">More arguments.</param>
public sealed class OperatorProcess(string kubeconfig, string log, params IReadOnlyList<string> arguments) : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(40);

    private readonly string _url = $"http://127.0.0.1:{Ports.Free()}";
    private Process? _process;

    /// <summary>Whether it runs.</summary>
    public bool IsRunning => _process is { HasExited: false };

    /// <summary>Whether it takes precedence over everything else that runs.</summary>
    public bool IsUrgent { get; set; }

    /// <summary>Starts it, if it does not run, and waits until it is ready.</summary>
    public async Task StartAsync()
    {
        if (IsRunning)
            return;
        Assert.True(File.Exists(SourceTree.Operator), $"{SourceTree.Operator} is missing: build the solution, or this project, in the same configuration.");
        await File.AppendAllTextAsync(log, $"---- start {DateTime.UtcNow:O}\n");
        // Each program becomes the next one, so the id is the operator's.
        string[] command =
        [
            .. IsUrgent ? Urgency.Launcher : [],
            "/bin/sh", "-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", log, SourceTree.Operator, $"--kubeconfig={kubeconfig}", $"--listen={_url}", .. arguments,
        ];
        _process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { UseShellExecute = false });
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        await Poll.UntilAsync("the operator is ready", () => IsReadyAsync(client), StartLimit, TimeSpan.FromMilliseconds(200), isLost: () => !IsRunning, describe: () => Task.FromResult(Tail(40)));
    }

    /// <summary>Process id of the last run.</summary>
    public int ProcessId => _process!.Id;

    /// <summary>Waits until the last run has ended by itself, and gives its exit code.</summary>
    public async Task<int> UntilEndedAsync(TimeSpan limit)
    {
        using var clock = new CancellationTokenSource(limit);
        await _process!.WaitForExitAsync(clock.Token);
        return _process.ExitCode;
    }

    /// <summary>What the last run printed so far.</summary>
    public string Output => File.Exists(log) ? File.ReadAllText(log).Split("---- start ")[^1] : "";

    /// <summary>Whether it says that it is ready.</summary>
    public async Task<bool> IsReadyAsync()
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        return await IsReadyAsync(client);
    }

    /// <summary>What it tells of itself at /metrics.</summary>
    public async Task<string> MetricsAsync()
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };
        return await client.GetStringAsync(new Uri($"{_url}/metrics"));
    }

    /// <summary>Ends it with SIGKILL at once.</summary>
    public async Task KillAsync()
    {
        if (_process is { HasExited: false } process)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    /// <summary>Asks it to end, as Kubernetes does. True if it did so in time; otherwise it is killed.</summary>
    public async Task<bool> StopAsync()
    {
        if (_process is not { HasExited: false } process)
            return true;
        await Programs.SignalAsync(process.Id, "TERM");
        using var limit = new CancellationTokenSource(StopLimit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            await KillAsync();
            return false;
        }
    }

    /// <summary>The last lines that it printed.</summary>
    public string Tail(int lines) => File.Exists(log) ? string.Join('\n', File.ReadLines(log).TakeLast(lines)) : "";

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process?.Dispose();
    }

    private async Task<bool> IsReadyAsync(HttpClient client)
    {
        try
        {
            return (await client.GetAsync(new Uri($"{_url}/readyz"))).IsSuccessStatusCode;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }
}

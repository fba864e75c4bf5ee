using System.Diagnostics;

namespace Provisioning.Simulation.Tests;

/// <summary>Runs the simulation in a process of its own: it needs a thread pool of one thread, and a run that hangs can be ended.</summary>
internal static class Simulation
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(30);

    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "Provisioning.Simulation");

    public static async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(Longest);
        var start = new ProcessStartInfo(Program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(timeout.Token);
            var error = process.StandardError.ReadToEndAsync(timeout.Token);
            await process.WaitForExitAsync(timeout.Token);
            return (process.ExitCode, await output + await error);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    /// <summary>Reads NAME=VALUE from a line of figures.</summary>
    public static string Figure(string output, string name) =>
        output.Split(' ', '\n').FirstOrDefault(part => part.StartsWith($"{name}=", StringComparison.Ordinal))?[(name.Length + 1)..] ?? throw new InvalidOperationException($"No figure {name} in: {output}");
}

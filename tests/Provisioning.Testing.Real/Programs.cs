using System.Diagnostics;

namespace Provisioning.Testing.Real;

/// <summary>What a program printed, and how it ended.</summary>
public sealed record ProgramResult(string Command, int ExitCode, string Output, string Error)
{
    /// <summary>The output of a program that succeeded; otherwise the test fails with what it said.</summary>
    public string Succeeded()
    {
        Assert.True(ExitCode == 0, $"{Command} ended with code {ExitCode}:\n{Error}{Output}");
        return Output;
    }
}

/// <summary>Runs programs to their end, bounded in time.</summary>
public static class Programs
{
    // On a busy machine what takes a second can take a minute.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Runs a program; success or not is for the caller to judge.</summary>
    public static async Task<ProgramResult> TryAsync(string program, IEnumerable<string> arguments, string? input = null, TimeSpan? limit = null, CancellationToken cancellationToken = default)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var command = $"{program} {string.Join(' ', start.ArgumentList)}";
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(limit ?? Patience);
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(timeout.Token);
            var error = process.StandardError.ReadToEndAsync(timeout.Token);
            await process.StandardInput.WriteAsync(input.AsMemory(), timeout.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(timeout.Token);
            return new(command, process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new(command, -1, "", $"it did not end within {limit ?? Patience}\n");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>Runs a program that must succeed.</summary>
    public static async Task<string> RunAsync(string program, IEnumerable<string> arguments, string? input = null, TimeSpan? limit = null, CancellationToken cancellationToken = default) =>
        (await TryAsync(program, arguments, input, limit, cancellationToken)).Succeeded();

    /// <summary>Sends a signal to one process by its id, or to a process group by its negative number.</summary>
    /// <param name="process">Process id.</param>
    /// <param name="signal">Name such as TERM.</param>
    public static Task<ProgramResult> SignalAsync(int process, string signal) =>
        // The shell's own kill: that of procps takes a group for an option.
        TryAsync("/bin/sh", ["-c", "kill -s \"$1\" -- \"$2\"", "sh", signal, process.ToString()]);
}

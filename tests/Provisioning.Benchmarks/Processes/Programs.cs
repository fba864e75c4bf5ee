using System.Diagnostics;

namespace Provisioning.Benchmarks.Processes;

/// <summary>Runs other programs.</summary>
internal static class Programs
{
    /// <summary>Runs a program with a text as its input.</summary>
    /// <returns>Its output, or null if it ended with an error; then <paramref name="mustSucceed"/> decides whether that is thrown.</returns>
    public static async Task<string?> RunAsync(string program, IEnumerable<string> arguments, string input, bool mustSucceed, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(cancellationToken), process.StandardError.ReadToEndAsync(cancellationToken));
        await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
        process.StandardInput.Close();
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode == 0)
            return await output;
        return mustSucceed ? throw new BenchmarkException($"{program} {string.Join(' ', arguments)} ended with code {process.ExitCode}: {await errors}") : null;
    }
}

using System.Diagnostics;

namespace Provisioning.Observability.Tests.Support;

/// <summary>Programs of Prometheus; hack/test.sh fetches them and names their folder.</summary>
internal static class Programs
{
    private const string Variable = "PROVISIONING_TEST_PROMETHEUS";

    /// <summary>Path of prometheus or promtool; the test is skipped where there is none.</summary>
    public static string Prometheus(string name)
    {
        var folder = Environment.GetEnvironmentVariable(Variable);
        Assert.SkipWhen(string.IsNullOrEmpty(folder), $"Needs Prometheus: run hack/test.sh, or set {Variable} to the folder with prometheus and promtool.");
        return Path.Combine(folder!, name);
    }

    /// <summary>Runs a program to its end; gives its exit code and what it printed.</summary>
    public static async Task<(int Code, string Output)> RunAsync(string program, string input, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.StandardInput.WriteAsync(input.AsMemory(), TestContext.Current.CancellationToken);
        process.StandardInput.Close();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output + await error);
    }
}

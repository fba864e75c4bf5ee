using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Provisioning.Api.Tests.Server;

/// <summary>What kubectl printed.</summary>
internal sealed record KubectlResult(int ExitCode, string Output, string Error)
{
    internal JsonObject Json => (JsonObject)JsonNode.Parse(Output)!;
}

/// <summary>Runs kubectl against one API server and namespace.</summary>
internal sealed class Kubectl(string kubeconfig, string @namespace)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    internal string Namespace => @namespace;

    /// <summary>Runs and expects success.</summary>
    internal async Task<KubectlResult> RunAsync(string? input, params string[] arguments)
    {
        var result = await TryAsync(input, arguments);
        Assert.True(result.ExitCode == 0, $"kubectl {string.Join(' ', arguments)}: {result.Error}{result.Output}");
        return result;
    }

    /// <summary>Runs; success or not is for the caller to judge.</summary>
    internal async Task<KubectlResult> TryAsync(string? input, params string[] arguments)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(Limit);
        var start = new ProcessStartInfo("kubectl", ["--kubeconfig", kubeconfig, "--namespace", @namespace, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(timeout.Token);
            var error = process.StandardError.ReadToEndAsync(timeout.Token);
            await process.StandardInput.WriteAsync(input.AsMemory(), timeout.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(timeout.Token);
            return new(process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }
}

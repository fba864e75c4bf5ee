using System.Diagnostics;
using System.Globalization;

namespace Provisioning.Cli.Tests.Running;

/// <summary>The API server that PROVISIONING_TEST_KUBECONFIG names, a namespace of its own, and the operator as a process that is confined to it.</summary>
public sealed class RunningCluster : IAsyncLifetime
{
    private const string Variable = "PROVISIONING_TEST_KUBECONFIG";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("provisioning-cli-");
    private Process? _operator;

    /// <summary>The namespace.</summary>
    public string Namespace { get; } = $"cli-tests-{Guid.NewGuid():n}"[..18];

    /// <summary>The kubeconfig; without one the test is skipped.</summary>
    public string Kubeconfig
    {
        get
        {
            var path = Environment.GetEnvironmentVariable(Variable) ?? "";
            Assert.SkipWhen(path.Length == 0, $"{Variable} is not set: start an API server with 'hack/lib/apiserver.sh start DIR' and set it to DIR/kubeconfig.");
            return path;
        }
    }

    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 })
            return;
        await ProductKinds.InstallAsync(Kubeconfig);
        (await KubectlAsync(null, "create", "namespace", Namespace)).Succeeded();
        (await KubectlAsync(Objects, "apply", "-f", "-")).Succeeded();
        await StartOperatorAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 })
            return;
        await KubectlAsync(null, "delete", "provisioning", "--all", "--timeout=10s");
        if (_operator is { HasExited: false })
        {
            await Programs.SignalAsync(_operator.Id, "TERM");
            await _operator.WaitForExitAsync();
        }

        await KubectlAsync(null, "delete", "namespace", Namespace, "--wait=false");
        _folder.Delete(recursive: true);
    }

    /// <summary>Runs kubectl in the namespace.</summary>
    public Task<ProgramResult> KubectlAsync(string? input, params string[] arguments) =>
        new Kubectl(Kubeconfig, Namespace).TryAsync(input, arguments);

    /// <summary>Runs the command line in this process, as it is run in a pipe.</summary>
    internal async Task<ProgramResult> RunAsync(string line, string input = "")
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        using var error = new StringWriter(CultureInfo.InvariantCulture);
        var terminal = new Terminal { Output = output, Error = error, Input = new StringReader(input), Environment = new Dictionary<string, string> { ["KUBECONFIG"] = Kubeconfig } };
        var code = await CommandLine.RunAsync([.. line.Split(' '), "-n", Namespace], terminal, TimeProvider.System);
        return new(line, code, output.ToString(), error.ToString());
    }

    /// <summary>Makes a Node on a simulated machine, and waits until it is as declared.</summary>
    internal async Task ReadyNodeAsync(string name, string more = "")
    {
        (await KubectlAsync(Node(name, "web-1", more), "apply", "-f", "-")).Succeeded();
        (await RunAsync($"wait {name} --timeout 300s")).Succeeded();
    }

    internal static string Node(string name, string image, string more = "") => $$"""
        {"apiVersion": "provisioning.dev/v1alpha1", "kind": "Node", "metadata": {"name": "{{name}}", "labels": {"test": "{{name}}"} },
         "spec": {"provisionerRef": {"name": "room"}, "imageRef": {"name": "{{image}}"}, "powerState": "PoweredOn"{{more}} } }
        """;

    private static string Objects => """
        {"apiVersion": "v1", "kind": "List", "items": [
          {"apiVersion": "provisioning.dev/v1alpha1", "kind": "Provisioner", "metadata": {"name": "room"},
           "spec": {"type": "Simulated", "simulated": {"loadSeconds": 1, "captureSeconds": 1, "powerSeconds": 0}, "timeouts": {"observeSeconds": 2}}},
          {"apiVersion": "provisioning.dev/v1alpha1", "kind": "Image", "metadata": {"name": "web-1"},
           "spec": {"revision": "1", "digest": "sha256:1111111111111111111111111111111111111111111111111111111111111111", "format": "Qcow2", "fileName": "web-1.qcow2"}},
          {"apiVersion": "provisioning.dev/v1alpha1", "kind": "Image", "metadata": {"name": "web-2"},
           "spec": {"revision": "2", "digest": "sha256:2222222222222222222222222222222222222222222222222222222222222222", "format": "Qcow2", "fileName": "web-2.qcow2"}}]}
        """;

    private async Task StartOperatorAsync()
    {
        var (url, log) = ($"http://127.0.0.1:{Ports.Free()}", Path.Combine(_folder.FullName, "operator.log"));
        _operator = Process.Start(new ProcessStartInfo(
            "/bin/sh",
            ["-c", "log=$1; shift; exec \"$@\" >\"$log\" 2>&1 </dev/null", "sh", log, SourceTree.Operator, $"--kubeconfig={Kubeconfig}", $"--watch-namespace={Namespace}", $"--listen={url}"]) { UseShellExecute = false })!;
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        await Poll.UntilAsync("the operator is ready", () => IsReadyAsync(client, url), Patience, TimeSpan.FromMilliseconds(200), isLost: () => _operator.HasExited, describe: () => Task.FromResult(File.ReadAllText(log)));
    }

    private static async Task<bool> IsReadyAsync(HttpClient client, string url)
    {
        try
        {
            return (await client.GetAsync(new Uri($"{url}/readyz"))).IsSuccessStatusCode;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }
}

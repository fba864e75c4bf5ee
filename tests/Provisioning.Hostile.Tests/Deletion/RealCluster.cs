using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Provisioning.Operator.Hosting;

namespace Provisioning.Hostile.Tests.Deletion;

/// <summary>A namespace of the real API server of $PROVISIONING_TEST_KUBECONFIG, used through kubectl as people do.</summary>
internal sealed class RealCluster(string kubeconfig, string @namespace)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    public string Namespace => @namespace;

    public string Kubeconfig => kubeconfig;

    public static async Task<RealCluster> NewAsync(string name)
    {
        var kubeconfig = Environment.GetEnvironmentVariable("PROVISIONING_TEST_KUBECONFIG") ?? "";
        Assert.SkipWhen(kubeconfig.Length == 0, "No real API server: set PROVISIONING_TEST_KUBECONFIG to the kubeconfig of one that may be written to.");
        var cluster = new RealCluster(kubeconfig, $"{name}-{Environment.TickCount64 % 1_000_000}");
        await ProductKinds.InstallAsync(kubeconfig);
        await cluster.RunAsync("create", "namespace", cluster.Namespace);
        return cluster;
    }

    public Task ApplyAsync(string manifest) => RunAsync(manifest, ["apply", "--validate=false", "-f", "-"]);

    public Task<string> RunAsync(params string[] arguments) => RunAsync("", arguments);

    public async Task<string> ReadAsync(string kind, string name, string jsonPath) => await RunAsync("get", kind, name, "--ignore-not-found", "-o", $"jsonpath={jsonPath}");

    /// <summary>An operator of this namespace, in this process, under a clock of the test's.</summary>
    public IHost NewOperator(TimeProvider time)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddLogging();
        builder.Services.AddMetrics();
        builder.Services.AddSingleton(time);
        builder.Services.AddProvisioning(OperatorSettings.Parse([$"--kubeconfig={kubeconfig}", $"--watch-namespace={@namespace}"], new Dictionary<string, string>()));
        return builder.Build();
    }

    /// <summary>What events say was left behind.</summary>
    public Task<string> LeftBehindAsync() => RunAsync("get", "events", "--field-selector", "reason=LeftBehind", "-o", "jsonpath={range .items[*]}{.message}{\"\\n\"}{end}");

    public Task UntilAsync(string what, Func<Task<bool>> isSo) => Poll.UntilAsync(
        what, isSo, Patience, TimeSpan.FromMilliseconds(300), describe: () => RunAsync("get", "nodes.provisioning.dev,images.provisioning.dev,provisioners.provisioning.dev", "-o", "yaml"));

    private async Task<string> RunAsync(string input, string[] arguments) => (await new Kubectl(kubeconfig, @namespace).TryAsync(input, arguments)).Succeeded();
}

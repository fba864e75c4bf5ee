using System.Diagnostics.Metrics;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Provisioning.Kubernetes.Caching;
using Provisioning.Kubernetes.Rest;

namespace Provisioning.Kubernetes.Tests.Contract;

/// <summary>The contract against the server of $PROVISIONING_TEST_KUBECONFIG. Makes a CRD and objects in the namespace "default" and removes them at the end.</summary>
public sealed class RealApiServerContractTests(RealApiServer server) : ApiServerContract, IClassFixture<RealApiServer>
{
    protected override KubernetesConnection Connection
    {
        get
        {
            Assert.SkipWhen(server.Connection is null, $"No real API server: set {RealApiServer.Variable} to the kubeconfig of one that may be written to.");
            return server.Connection;
        }
    }
}

public sealed class RealApiServer : IAsyncLifetime
{
    public const string Variable = "PROVISIONING_TEST_KUBECONFIG";

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    public KubernetesConnection? Connection { get; private set; }

    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } kubeconfig)
            return;
        Connection = new KubernetesConnection(
            KubernetesConnection.LoadConfiguration(kubeconfig),
            TimeProvider.System,
            new Random(1),
            _services.GetRequiredService<IMeterFactory>(),
            NullLogger<KubernetesConnection>.Instance);
        await Connection.Client(CustomResourceDefinition.Definition).DeleteAsync(new("", "widgets.contract.provisioning.test"), null, CancellationToken.None);
        await UntilAsync(async () => await Connection.Client(CustomResourceDefinition.Definition).GetAsync(new("", "widgets.contract.provisioning.test"), CancellationToken.None) is null);
        await Connection.Client(CustomResourceDefinition.Definition).CreateAsync(Crd(), CancellationToken.None);
        await UntilAsync(IsServedAsync);
    }

    public async ValueTask DisposeAsync()
    {
        if (Connection is not null)
            await Connection.Client(CustomResourceDefinition.Definition).DeleteAsync(new("", "widgets.contract.provisioning.test"), null, CancellationToken.None);
        Connection?.Dispose();
        await _services.DisposeAsync();
    }

    private static CustomResourceDefinition Crd() => new()
    {
        Metadata = new() { Name = "widgets.contract.provisioning.test" },
        Spec = (JsonObject)JsonNode.Parse("""
            {
              "group": "contract.provisioning.test",
              "scope": "Namespaced",
              "names": {"plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList"},
              "versions": [{
                "name": "v1", "served": true, "storage": true, "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}
              }]
            }
            """)!,
    };

    // Established is told before every handler serves the kind, so the kind itself is asked.
    private async Task<bool> IsServedAsync()
    {
        try
        {
            await new ResourceLister<Widget>(Connection!.Transport, Widget.Definition, null).ListAsync("", [], () => { }, CancellationToken.None);
            return true;
        }
        catch (KubernetesApiException refusal) when (refusal.IsNotFound || refusal.StatusCode == System.Net.HttpStatusCode.TooManyRequests)
        {
            return false;
        }
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        for (var tries = 0; tries < 1800; tries++)
        {
            if (await condition())
                return;
            await Task.Delay(100);
        }

        throw new TimeoutException("The API server did not serve the CRD of the contract tests within 3 minutes.");
    }
}

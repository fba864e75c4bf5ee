using System.Text.Json.Nodes;
using Provisioning.Api.Tests.Support;

namespace Provisioning.Api.Tests.Server;

/// <summary>
/// The API server that PROVISIONING_TEST_KUBECONFIG names, with our CRDs and a namespace of its own. The CRDs stay, since other suites may use them.
/// </summary>
public sealed class ApiServerFixture : IAsyncLifetime
{
    private const string Variable = "PROVISIONING_TEST_KUBECONFIG";
    private readonly string _namespace = $"api-tests-{Guid.NewGuid():n}"[..18];
    private Kubectl? _kubectl;

    /// <summary>Whether the server knows CEL: asked by behaviour, because builds of Kubernetes lie about their version.</summary>
    internal bool HasCel { get; private set; }

    /// <summary>kubectl for this server; without one the test is skipped.</summary>
    internal Kubectl Kubectl
    {
        get
        {
            Assert.SkipWhen(_kubectl is null, $"{Variable} is not set: start an API server with 'hack/lib/apiserver.sh start DIR' and set it to DIR/kubeconfig.");
            return _kubectl!;
        }
    }

    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } kubeconfig)
            return;

        _kubectl = new(kubeconfig, _namespace);
        await ProductKinds.InstallAsync(kubeconfig);
        await _kubectl.RunAsync(null, "create", "namespace", _namespace);
        HasCel = await AskForCelAsync(_kubectl);
    }

    public async ValueTask DisposeAsync()
    {
        if (_kubectl is null)
            return;
        await _kubectl.TryAsync(null, "delete", "provisioning,secrets", "--all", "--wait=false");
        await _kubectl.TryAsync(null, "delete", "namespace", _namespace, "--wait=false");
    }

    /// <summary>A server without CEL drops the rule of a CRD.</summary>
    private static async Task<bool> AskForCelAsync(Kubectl kubectl)
    {
        var group = $"probe-{Guid.NewGuid():n}.{ApiGroup.Name}";
        const string Probe = """
            {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"probes.GROUP"},"spec":{"group":"GROUP","scope":"Namespaced",
            "names":{"kind":"Probe","listKind":"ProbeList","plural":"probes","singular":"probe"},"versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":
            {"type":"object","properties":{"word":{"type":"string","maxLength":9,"x-kubernetes-validations":[{"rule":"self != 'no'"}]}}}}}]}}
            """;
        var made = await kubectl.RunAsync(Probe.Replace("GROUP", group, StringComparison.Ordinal), "create", "--validate=false", "-o", "json", "-f", "-");
        await kubectl.RunAsync(null, "delete", "crd", $"probes.{group}", "--wait=false");
        return made.Json["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!["properties"]!["word"]!["x-kubernetes-validations"] is JsonArray { Count: 1 };
    }
}

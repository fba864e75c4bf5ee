using System.Text.Json.Nodes;
using Provisioning.Chart.Tests.Bed;

namespace Provisioning.Chart.Tests.Rendering;

/// <summary>What the chart renders for each of its switches, looked at by the rules of Pod Security and by a real API server.</summary>
/// <param name="cluster">The API server.</param>
public sealed class MatrixTests(Cluster cluster)
{
    /// <summary>Each switch by itself, and most of them together.</summary>
    private static readonly Dictionary<string, string> Cases = new()
    {
        ["as it comes"] = "{}",
        ["image by tag, pull secret"] = "{image: {repository: registry.example.com/x/provisioning-operator, tag: v9, pullPolicy: Always}, imagePullSecrets: [{name: pull}]}",
        ["image by digest"] = $"{{image: {{digest: \"sha256:{new string('a', 64)}\"}}}}",
        ["names and labels"] = "{nameOverride: machines, fullnameOverride: machine-keeper, commonLabels: {team: infra}, podLabels: {tier: control}, podAnnotations: {note: \"yes\"}}",
        ["one replica"] = "{replicas: 1, concurrency: 8}",
        ["no disruption budget"] = "{podDisruptionBudget: {enabled: false}}",
        ["two namespaces"] = "{watchNamespaces: [matrix, default]}",
        ["its own namespace"] = "{watchNamespaces: [system]}",
        ["roles made by others"] = "{rbac: {create: false, userRoles: false}, serviceAccount: {create: false, name: given}}",
        ["service account with annotations"] = "{serviceAccount: {annotations: {example.com/role: keeper}}}",
        ["no network policy"] = "{networkPolicy: {enabled: false}}",
        ["narrow network policy"] = "{networkPolicy: {from: [{namespaceSelector: {matchLabels: {name: monitoring}}}], egress: [{ports: [{port: 22}, {port: 443}, {port: 53, protocol: UDP}]}]}}",
        ["trust bundle"] = "{trustBundle: {configMap: company-ca, key: bundle.pem}}",
        ["monitoring"] = "{metrics: {serviceMonitor: {enabled: true, labels: {release: prometheus}, interval: 15s}}}",
        ["scheduling"] = "{priorityClassName: system-cluster-critical, nodeSelector: {kubernetes.io/os: linux}, tolerations: [{operator: Exists}], affinity: {nodeAffinity: {}}, topologySpreadConstraints: [{topologyKey: topology.kubernetes.io/zone, maxSkew: 1, whenUnsatisfiable: DoNotSchedule}]}",
        ["no spread"] = "{topologySpreadConstraints: [], resources: {}}",
        ["more arguments and variables"] = "{extraArgs: [\"--concurrency=3\"], extraEnv: [{name: PROVISIONING_LISTEN, value: x}, {name: SECRET, valueFrom: {secretKeyRef: {name: s, key: k}}}]}",
        ["an IPv6 cluster and another port"] = "{http: {address: \"[::]\", port: 9000}}",
        ["without CRDs"] = "{crds: {install: false}}",
        ["OpenShift"] = "{podSecurityContext: {runAsUser: null, runAsGroup: null}}",
    };

    private static readonly Dictionary<string, IReadOnlyList<JsonObject>> Rendered = [];

    /// <summary>Names of the cases.</summary>
    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Passes_Pod_Security_restricted_and_names_nothing_twice(string name)
    {
        var objects = await RenderAsync(name);
        Assert.Empty(objects.SelectMany(RestrictedRules.Problems));
        Assert.Equal(objects.Count, objects.DistinctBy(item => $"{item["kind"]}/{item["metadata"]!["namespace"]}/{item["metadata"]!["name"]}").Count());
    }

    /// <summary>All cases in one call, for a dry run keeps nothing. This API server knows all kinds but the Prometheus Operator's; the CRDs are other tests' concern.</summary>
    [Fact]
    public async Task Each_is_taken_by_the_API_server()
    {
        await cluster.EnsureNamespaceAsync("system");
        await cluster.EnsureNamespaceAsync("matrix");
        List<JsonNode> known = [];
        foreach (var name in Cases.Keys)
            known.AddRange((await RenderAsync(name)).Where(item => (string)item["kind"]! is not ("ServiceMonitor" or "PrometheusRule")).Select(item => item.DeepClone()));
        var list = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "List", ["items"] = new JsonArray([.. known]) };
        var answer = await Programs.RunAsync("kubectl", ["--kubeconfig", cluster.Kubeconfig, "apply", "--dry-run=server", "-f", "-"], list.ToJsonString(), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(known.Count, answer.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    /// <summary>Helm 4 renders what Helm 3 does.</summary>
    [Fact]
    public async Task Helm_4_renders_the_same()
    {
        var values = Cases["names and labels"];
        Assert.Equal(await Text(cluster.Helm), await Text(cluster.Helm4));

        async Task<string> Text(Helm helm) => string.Join('\n', (await helm.TemplateAsync(values)).Select(item => item.ToJsonString()));
    }

    /// <summary>A rule that sees nothing would pass everything.</summary>
    [Theory]
    [InlineData("{podSecurityContext: {runAsNonRoot: false}}")]
    [InlineData("{podSecurityContext: {runAsUser: 0}}")]
    [InlineData("{podSecurityContext: {seccompProfile: {type: Unconfined}}}")]
    [InlineData("{securityContext: {allowPrivilegeEscalation: true}}")]
    [InlineData("{securityContext: {privileged: true}}")]
    [InlineData("{securityContext: {readOnlyRootFilesystem: false}}")]
    [InlineData("{securityContext: {capabilities: {drop: [NET_RAW]}}}")]
    [InlineData("{securityContext: {capabilities: {add: [SYS_ADMIN]}}}")]
    public async Task The_rules_of_Pod_Security_see_a_weaker_setting(string values) =>
        Assert.NotEmpty((await cluster.Helm.TemplateAsync(values, "--show-only", "templates/deployment.yaml")).SelectMany(RestrictedRules.Problems));

    private async Task<IReadOnlyList<JsonObject>> RenderAsync(string name)
    {
        if (!Rendered.TryGetValue(name, out var objects))
            Rendered[name] = objects = await cluster.Helm.TemplateAsync(Cases[name], "--kube-version", "v1.20.2", "--api-versions", "policy/v1beta1", "--set", "crds.install=false");
        return objects;
    }
}

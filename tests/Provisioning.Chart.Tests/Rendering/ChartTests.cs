using System.Text.Json.Nodes;
using System.Xml.Linq;
using Provisioning.Chart.Tests.Bed;

namespace Provisioning.Chart.Tests.Rendering;

/// <summary>What particular values come to.</summary>
/// <param name="cluster">For Helm.</param>
public sealed class ChartTests(Cluster cluster)
{
    [Fact]
    public async Task Lint_has_nothing_to_say_about_it_in_Helm_3_and_4()
    {
        foreach (var helm in new[] { cluster.Helm, cluster.Helm4 })
        {
            var said = await helm.RunAsync("lint", Helm.Chart, "--strict");
            Assert.DoesNotContain("[WARNING]", said, StringComparison.Ordinal);
            Assert.DoesNotContain("[ERROR]", said, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Its_appVersion_is_the_version_of_the_product()
    {
        var chart = Yaml.ReadAll(File.ReadAllText(Path.Combine(Helm.Chart, "Chart.yaml"))).Single();
        Assert.Equal(XDocument.Load(SourceTree.File("Directory.Build.props")).Descendants("Version").Single().Value, (string)chart["appVersion"]!);
    }

    [Theory]
    [InlineData("{replicas: two}", "replicas")]
    [InlineData("{replica: 2}", "replica")]
    [InlineData("{replicas: 0}", "replicas")]
    [InlineData("{image: {digest: latest}}", "digest")]
    [InlineData("{image: {pullPolicy: Sometimes}}", "pullPolicy")]
    [InlineData("{watchNamespaces: lab}", "watchNamespaces")]
    [InlineData("{watchNamespaces: [\"*\"]}", "watchNamespaces")]
    [InlineData("{http: {port: 0}}", "port")]
    [InlineData("{metrics: {serviceMonitor: {enable: true}}}", "serviceMonitor")]
    [InlineData("{concurrency: 0}", "concurrency")]
    public async Task A_wrong_value_is_refused_and_named(string values, string name)
    {
        var result = await cluster.Helm.TryTemplateAsync(values);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains(name, result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("v1.20.2", "policy/v1beta1")]
    [InlineData("v1.21.0", "policy/v1")]
    [InlineData("v1.33.0", "policy/v1")]
    public async Task The_disruption_budget_is_of_the_version_that_the_cluster_serves(string kubernetes, string expected) =>
        Assert.Equal(expected, (string)(await cluster.Helm.TemplateAsync("{}", "--kube-version", kubernetes, "--show-only", "templates/poddisruptionbudget.yaml")).Single()["apiVersion"]!);

    [Theory]
    [InlineData("v1.24.9", false)]
    [InlineData("v1.25.0", true)]
    public async Task CRDs_have_their_rules_where_the_API_server_knows_them_and_are_kept_on_uninstall(string kubernetes, bool expected)
    {
        var crds = (await cluster.Helm.TemplateAsync("{}", "--kube-version", kubernetes, "--show-only", "templates/crds.yaml")).ToList();
        Assert.Equal(4, crds.Count);
        Assert.All(crds, crd => Assert.Equal("keep", (string?)crd["metadata"]!["annotations"]?["helm.sh/resource-policy"]));
        Assert.Equal(expected, crds.Any(crd => crd.ToJsonString().Contains("x-kubernetes-validations", StringComparison.Ordinal)));
        foreach (var crd in crds.Where(_ => expected))
        {
            crd["metadata"]!.AsObject().Remove("annotations");
            var committed = Yaml.ReadAll(File.ReadAllText(SourceTree.File($"crds/provisioning.dev_{crd["spec"]!["names"]!["plural"]}.yaml"))).Single();
            Assert.True(JsonNode.DeepEquals(committed, crd), $"{crd["metadata"]!["name"]} is not what crds/ has.");
        }
    }

    [Theory]
    [InlineData("{}", "provisioning-operator:0.1.0")]
    [InlineData("{image: {repository: registry.example.com/po, tag: v9}}", "registry.example.com/po:v9")]
    [InlineData("{image: {tag: v9, digest: \"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}}", "provisioning-operator@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public async Task A_digest_wins_over_a_tag(string values, string expected) => Assert.Equal(expected, (string)(await PodAsync(values))["containers"]![0]!["image"]!);

    [Fact]
    public async Task A_trust_bundle_is_trusted_beside_the_certificates_of_the_image()
    {
        var pod = await PodAsync("{trustBundle: {configMap: company-ca, key: bundle.pem}}");
        Assert.Contains(pod["containers"]![0]!["env"]!.AsArray(), variable => (string)variable!["name"]! == "SSL_CERT_DIR" && (string)variable["value"]! == "/etc/ssl/certs:/etc/provisioning-operator/trust");
        Assert.Contains(pod["volumes"]!.AsArray(), volume => (string?)volume!["configMap"]?["name"] == "company-ca" && (string)volume["configMap"]!["items"]![0]!["key"]! == "bundle.pem");
    }

    [Fact]
    public async Task A_user_gets_by_Kubernetes_own_roles_what_fits_them()
    {
        var roles = (await cluster.Helm.TemplateAsync("{}", "--show-only", "templates/user-roles.yaml")).ToDictionary(role => ((string)role["metadata"]!["name"]!).Split('-')[^1]);
        Assert.Equal(["admin", "editor", "viewer"], roles.Keys.Order());
        Assert.Equal(["get", "list", "watch"], Verbs(roles["viewer"], "nodes"));
        Assert.Contains("create", Verbs(roles["editor"], "nodes"));
        Assert.DoesNotContain("create", Verbs(roles["editor"], "provisioners"));
        Assert.Contains("create", Verbs(roles["admin"], "provisioners"));
        Assert.All(roles.Values, role => Assert.Equal("true", (string?)role["metadata"]!["labels"]!["rbac.authorization.k8s.io/aggregate-to-admin"]));
        Assert.Null(roles["admin"]["metadata"]!["labels"]!["rbac.authorization.k8s.io/aggregate-to-edit"]);
        Assert.Null(roles["editor"]["metadata"]!["labels"]!["rbac.authorization.k8s.io/aggregate-to-view"]);

        static IEnumerable<string> Verbs(JsonObject role, string resource) => role["rules"]!.AsArray()
            .Where(rule => rule!["resources"]!.AsArray().Any(name => (string)name! == resource)).SelectMany(rule => rule!["verbs"]!.AsArray()).Select(verb => (string)verb!);
    }

    [Fact]
    public async Task Monitoring_takes_the_alerts_and_the_dashboard_that_the_chart_has()
    {
        // A chart that has not got them yet is given some: this is about the templates.
        var copy = Path.Combine(cluster.Folder.CreateSubdirectory("monitoring").FullName, "provisioning-operator");
        await Programs.RunAsync("cp", ["-r", Helm.Chart, copy], cancellationToken: TestContext.Current.CancellationToken);
        foreach (var (file, text) in new[] { ("alerts.yaml", "groups: [{name: g, rules: [{alert: A, expr: up == 0, annotations: {summary: '{{ $labels.job }}'}}]}]\n"), ("dashboard.json", "{\"panels\": []}\n") })
        {
            if (!File.Exists(Path.Combine(copy, "files", file)))
                File.WriteAllText(Path.Combine(copy, "files", file), text);
        }

        const string values = "{metrics: {serviceMonitor: {enabled: true}, prometheusRule: {enabled: true}, dashboard: {enabled: true}}}";
        var rendered = await cluster.Helm.RunAsync("template", "provisioning", copy, "--values", await cluster.Helm.FileAsync(values), "--show-only", "templates/monitoring.yaml");
        var objects = Yaml.ReadAll(rendered).ToDictionary(item => (string)item["kind"]!);
        Assert.NotEmpty(objects["PrometheusRule"]["spec"]!["groups"]!.AsArray());
        Assert.NotNull(JsonNode.Parse((string)objects["ConfigMap"]["data"]!["provisioning-operator.json"]!)!["panels"]);
        Assert.Equal("http", (string)objects["ServiceMonitor"]["spec"]!["endpoints"]![0]!["port"]!);
    }

    /// <summary>The demo, the benchmarks and the end-to-end suite run under the same rights, as a user.</summary>
    [Fact]
    public async Task The_rights_of_the_tests_are_those_of_the_chart()
    {
        var rendered = await cluster.Helm.RunAsync("template", "provisioning-operator", Helm.Chart, "--namespace", "provisioning-operator", "--show-only", "templates/rbac.yaml");
        var chart = Yaml.ReadAll(rendered).Single(item => (string)item["kind"]! == "ClusterRole");
        var leader = Yaml.ReadAll(rendered).Single(item => (string)item["kind"]! == "Role");
        var tests = Yaml.ReadAll(File.ReadAllText(SourceTree.File("hack/manifests/rbac.yaml"))).Single(item => (string)item["kind"]! == "ClusterRole");
        var expected = new JsonArray([.. chart["rules"]!.AsArray().Concat(leader["rules"]!.AsArray()).Select(rule => rule!.DeepClone())]);
        Assert.True(JsonNode.DeepEquals(expected, tests["rules"]), $"hack/manifests/rbac.yaml does not have the rules of the chart. Write there:\n{expected}");
    }

    private async Task<JsonObject> PodAsync(string values) =>
        (JsonObject)(await cluster.Helm.TemplateAsync(values, "--show-only", "templates/deployment.yaml")).Single()["spec"]!["template"]!["spec"]!;
}

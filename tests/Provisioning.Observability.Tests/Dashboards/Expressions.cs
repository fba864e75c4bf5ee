using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Provisioning.Observability.Tests.Metrics;
using Provisioning.Observability.Tests.Support;
using YamlDotNet.RepresentationModel;

namespace Provisioning.Observability.Tests.Dashboards;

/// <summary>The expressions of the dashboard and of the alerts.</summary>
internal static partial class Expressions
{
    public const string DashboardFile = "charts/provisioning-operator/files/dashboard.json";
    public const string AlertsFile = "charts/provisioning-operator/files/alerts.yaml";

    public static JsonObject Dashboard { get; } = JsonNode.Parse(SourceTree.Read(DashboardFile))!.AsObject();

    public static IReadOnlyList<JsonObject> Panels { get; } = [.. Dashboard["panels"]!.AsArray().Select(panel => panel!.AsObject()).Where(panel => (string?)panel["type"] != "row")];

    public static IReadOnlyList<YamlMappingNode> Alerts { get; } = LoadAlerts();

    /// <summary>Expressions of a panel, as Grafana would send them with all jobs and namespaces chosen.</summary>
    public static IEnumerable<string> Of(JsonObject panel) => panel["targets"]!.AsArray().Select(target => (string)target!["expr"]!)
        .Select(expression => expression.Replace("$__rate_interval", "1m", StringComparison.Ordinal).Replace("$job", ".*", StringComparison.Ordinal).Replace("$namespace", ".*", StringComparison.Ordinal));

    /// <summary>The metrics that an expression names.</summary>
    public static IEnumerable<string> Metrics(string expression) => Metric().Matches(Text().Replace(expression, "\"\"")).Select(match => match.Value);

    public static void AssertDocumented(string expression)
    {
        var metrics = Metrics(expression).ToList();
        Assert.NotEmpty(metrics);
        Assert.All(metrics, metric => Assert.True(MetricRow.Of(metric) is not null, $"{metric} of '{expression}' is not in {MetricRow.Page}."));
    }

    private static List<YamlMappingNode> LoadAlerts()
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(SourceTree.Read(AlertsFile)));
        return [.. ((YamlSequenceNode)yaml.Documents[0].RootNode["groups"]).SelectMany(group => (YamlSequenceNode)group["rules"]).Cast<YamlMappingNode>()];
    }

    // Every name with a prefix that metrics have: no function, label or keyword of PromQL has one of them.
    [GeneratedRegex("""\b(controller_runtime|workqueue|rest_client|leader_election|provisioning|process|event_recorder)_\w+""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Metric();

    [GeneratedRegex("\"[^\"]*\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Text();
}

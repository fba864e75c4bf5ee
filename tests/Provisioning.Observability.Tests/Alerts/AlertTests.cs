using Provisioning.Observability.Tests.Dashboards;
using Provisioning.Observability.Tests.Support;
using YamlDotNet.RepresentationModel;

namespace Provisioning.Observability.Tests.Alerts;

public sealed class AlertTests
{
    private const string RuleTests = "tests/Provisioning.Observability.Tests/Alerts/alerts.test.yaml";

    public static TheoryData<string> Names => [.. Expressions.Alerts.Select(alert => alert["alert"].ToString())];

    [Fact]
    public async Task Promtool_accepts_the_rules()
    {
        var output = await Programs.RunAsync(PrometheusPrograms.Find("promtool"), ["check", "rules", SourceTree.File(Expressions.AlertsFile)], cancellationToken: TestContext.Current.CancellationToken);
        Assert.Contains($"{Expressions.Alerts.Count} rules found", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_rule_fires_in_its_situation_and_in_no_other() =>
        await Programs.RunAsync(PrometheusPrograms.Find("promtool"), ["test", "rules", SourceTree.File(RuleTests)], cancellationToken: TestContext.Current.CancellationToken);

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_rule_is_tested_when_it_fires_and_when_not(string name)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(SourceTree.Read(RuleTests)));
        var cases = ((YamlSequenceNode)yaml.Documents[0].RootNode["tests"]).SelectMany(test => (YamlSequenceNode)test["alert_rule_test"]).Where(test => test["alertname"].ToString() == name);
        Assert.Equal([false, true], cases.Select(test => ((YamlSequenceNode)test["exp_alerts"]).Any()).Distinct().Order());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_rule_says_what_is_wrong_and_has_a_page_that_says_what_to_do(string name)
    {
        var alert = Expressions.Alerts.Single(alert => alert["alert"].ToString() == name);
        var annotations = (YamlMappingNode)alert["annotations"];
        Assert.Contains(alert["labels"]["severity"].ToString(), (string[])["warning", "critical"]);
        Assert.EndsWith(".", annotations["summary"].ToString(), StringComparison.Ordinal);
        Assert.EndsWith(".", annotations["description"].ToString(), StringComparison.Ordinal);
        Assert.Equal($"docs/runbooks/{name}.md", annotations["runbook"].ToString());
        var page = SourceTree.Read(annotations["runbook"].ToString());
        Assert.StartsWith($"# {name}\n", page, StringComparison.Ordinal);
        Assert.All(["## What it means", "## What to do"], heading => Assert.Contains(heading, page, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_metric_of_a_rule_is_documented(string name) =>
        Expressions.AssertDocumented(Expressions.Alerts.Single(alert => alert["alert"].ToString() == name)["expr"].ToString());

    [Fact]
    public void Each_page_has_its_rule() =>
        Assert.Equal(
            Names.Select(row => $"{row.Data}.md").Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(SourceTree.File("docs/runbooks"), "*.md").Select(file => Path.GetFileName(file)).Where(file => file != "README.md").Order(StringComparer.Ordinal));
}

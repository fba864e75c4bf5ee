using System.Text.Json.Nodes;

namespace Provisioning.Observability.Tests.Dashboards;

public sealed class DashboardTests
{
    [Fact]
    public void Every_metric_of_a_panel_is_documented() =>
        Assert.All(Expressions.Panels.SelectMany(Expressions.Of), Expressions.AssertDocumented);

    [Fact]
    public void Every_panel_says_what_it_shows_and_reads_from_the_chosen_data_source() => Assert.All(Expressions.Panels, panel =>
    {
        Assert.NotEmpty((string)panel["title"]!);
        Assert.EndsWith(".", (string)panel["description"]!, StringComparison.Ordinal);
        Assert.Equal("${datasource}", (string?)panel["datasource"]!["uid"]);
        Assert.NotEmpty((string)panel["fieldConfig"]!["defaults"]!["unit"]!);
    });

    [Fact]
    public void Every_series_of_a_panel_is_narrowed_to_the_chosen_operators() => Assert.All(
        Expressions.Panels.SelectMany(panel => panel["targets"]!.AsArray()).Select(target => (string)target!["expr"]!),
        expression => Assert.Contains("{job=~\"$job\", namespace=~\"$namespace\"", expression, StringComparison.Ordinal));

    [Fact]
    public void Panels_do_not_overlap()
    {
        HashSet<(int, int)> taken = [];
        foreach (var place in Expressions.Dashboard["panels"]!.AsArray().Select(panel => panel!["gridPos"]!))
        {
            var (x, y, w, h) = ((int)place["x"]!, (int)place["y"]!, (int)place["w"]!, (int)place["h"]!);
            Assert.InRange(x + w, 1, 24);
            for (var column = x; column < x + w; column++)
            {
                for (var row = y; row < y + h; row++)
                    Assert.True(taken.Add((column, row)), $"Two panels lie at {column}, {row}.");
            }
        }
    }

    [Fact]
    public void Ids_are_unique()
    {
        var ids = Expressions.Dashboard["panels"]!.AsArray().Select(panel => (int)panel!["id"]!).ToList();
        Assert.Equal(ids.Distinct(), ids);
    }

    [Fact]
    public void Every_documented_metric_of_our_own_has_a_panel_or_an_alert()
    {
        var used = Expressions.Panels.SelectMany(Expressions.Of).Concat(Expressions.Alerts.Select(alert => alert["expr"].ToString())).SelectMany(Expressions.Metrics).Select(metric => Metrics.MetricRow.Of(metric)?.Name).ToHashSet();
        Assert.All(Metrics.MetricRow.All.Where(row => row.Name.StartsWith("provisioning_", StringComparison.Ordinal)), row => Assert.Contains(row.Name, used));
    }
}

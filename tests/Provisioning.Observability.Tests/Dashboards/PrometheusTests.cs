namespace Provisioning.Observability.Tests.Dashboards;

/// <summary>What a real Prometheus makes of the operator, in the format that the two agree on (OpenMetrics).</summary>
/// <param name="prometheus">Prometheus.</param>
public sealed class PrometheusTests(RealPrometheus prometheus) : IClassFixture<RealPrometheus>
{
    // Nothing of the kind has happened: no failure, no fetch, nobody waits.
    private const string Fetched = "provisioning_fetched_bytes_total";
    private static readonly string[] Quiet = ["Failures per hour by reason", "Events that were not written"];

    [Fact]
    public async Task The_scrape_succeeds()
    {
        // One that takes longer than its second on a busy machine counts as down until the next.
        var target = (Health: "", Error: "");
        await RealPrometheus.UntilAsync("the operator is up for Prometheus", async () => (target = await prometheus.TargetAsync()) == ("up", ""), () => $"It is {target.Health}: {target.Error}");
    }

    [Fact]
    public async Task Every_expression_of_the_dashboard_gives_data()
    {
        foreach (var panel in Expressions.Panels)
        {
            foreach (var expression in Expressions.Of(panel))
            {
                if (Quiet.Contains((string)panel["title"]!) || expression.Contains(Fetched, StringComparison.Ordinal))
                    await prometheus.QueryAsync(expression);
                else
                    // After a scrape that took too long there is nothing until the next.
                    await RealPrometheus.UntilAsync($"{panel["title"]}: {expression} gives data", async () => (await prometheus.QueryAsync(expression)).Count > 0);
            }
        }
    }

    [Fact]
    public async Task Every_alert_can_be_evaluated_and_the_stalled_node_is_pending()
    {
        foreach (var alert in Expressions.Alerts)
            await prometheus.QueryAsync(alert["expr"].ToString());
        // Rules are evaluated each second, whenever scrapes come.
        await RealPrometheus.UntilAsync("Prometheus knows of the stalled Node", async () => await prometheus.QueryAsync("""sum(ALERTS{alertname="ProvisioningNodesStalled", reason="ImageNotFound"})""") is [1]);
    }
}

using Provisioning.Observability.Tests.Support;

namespace Provisioning.Observability.Tests.Metrics;

public sealed class ScrapeTests(ObservedOperator observed)
{
    // As controller-runtime and client-go export them.
    private static readonly Dictionary<string, string> Expected = new(StringComparer.Ordinal)
    {
        ["controller_runtime_reconcile_total"] = "counter",
        ["controller_runtime_reconcile_errors_total"] = "counter",
        ["controller_runtime_reconcile_time_seconds"] = "histogram",
        ["controller_runtime_active_workers"] = "gauge",
        ["controller_runtime_max_concurrent_reconciles"] = "gauge",
        ["workqueue_depth"] = "gauge",
        ["workqueue_adds_total"] = "counter",
        ["workqueue_retries_total"] = "counter",
        ["workqueue_queue_duration_seconds"] = "histogram",
        ["workqueue_work_duration_seconds"] = "histogram",
        ["workqueue_unfinished_work_seconds"] = "gauge",
        ["workqueue_longest_running_processor_seconds"] = "gauge",
        ["rest_client_requests_total"] = "counter",
        ["leader_election_master_status"] = "gauge",
        ["leader_election_slowpath_total"] = "counter",
        ["process_cpu_seconds_total"] = "counter",
        ["process_resident_memory_bytes"] = "gauge",
        ["process_start_time_seconds"] = "gauge",
        ["process_open_fds"] = "gauge",
    };

    [Fact]
    public async Task Names_and_types_are_those_of_controller_runtime()
    {
        var types = (await ScrapeAsync()).Types;
        Assert.All(Expected, expected => Assert.Equal(expected.Value, types.GetValueOrDefault(expected.Key)));
    }

    [Fact]
    public async Task Promtool_finds_nothing_to_complain_about()
    {
        var promtool = PrometheusPrograms.Find("promtool");
        var checking = await Programs.TryAsync(promtool, ["check", "metrics"], await observed.ScrapeAsync(), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal((0, ""), (checking.ExitCode, checking.Output + checking.Error));
    }

    [Fact]
    public async Task Every_metric_that_is_told_is_documented_with_its_type_and_labels()
    {
        var scrape = await ScrapeAsync();
        Assert.All(scrape.Types, told => Assert.Equal(told.Value, MetricRow.Of(told.Key)?.Type));
        Assert.All(scrape.Series, series =>
            Assert.Subset(MetricRow.Of(series.Name)!.Labels.ToHashSet(), series.Labels.Keys.Where(label => label != "le").ToHashSet()));
    }

    [Fact]
    public async Task No_label_names_a_node_or_an_image()
    {
        var values = (await ScrapeAsync()).Series.SelectMany(series => series.Labels.Values).ToHashSet();
        Assert.DoesNotContain(values, value => value is "n1" or "n2" or "n3" or "lab/n1" or "debian" or "golden" or "room");
    }

    [Fact]
    public async Task Nodes_and_operations_are_counted()
    {
        var scrape = await ScrapeAsync();
        Assert.Equal(3, scrape.Sum("provisioning_nodes"));
        Assert.Equal(1, scrape.Sum("provisioning_nodes", ("state", "Stalled")));
        Assert.Equal(1, scrape.Sum("provisioning_nodes_stalled", ("engine", "Simulated"), ("reason", "ImageNotFound")));
        Assert.Equal(2, scrape.Sum("provisioning_operations_total", ("kind", "Load"), ("outcome", "Succeeded")));
        Assert.Equal(0, scrape.Sum("provisioning_operations_total", ("kind", "Load"), ("outcome", "Failed")));
        Assert.Equal(1, scrape.Sum("provisioning_operations_total", ("kind", "Capture"), ("outcome", "Succeeded")));
        Assert.Equal(2, scrape.Sum("provisioning_operation_duration_seconds_count", ("kind", "Load")));
        Assert.InRange(scrape.Sum("provisioning_operation_duration_seconds_sum", ("kind", "Load")), 1, 600);
        Assert.True(scrape.Sum("provisioning_loaded_bytes_total") > 0);
        Assert.True(scrape.Sum("provisioning_captured_bytes_total") > 0);
        Assert.Equal(0, scrape.Sum("provisioning_operations_waiting"));
        Assert.Equal(1, scrape.Sum("provisioning_provisioners", ("state", "Ready")));
        Assert.Equal(1, scrape.Sum("leader_election_master_status", ("name", "provisioning-operator")));
        Assert.Equal(1, scrape.Sum("provisioning_build_info"));
        Assert.Equal(0, scrape.Sum("controller_runtime_reconcile_total", ("controller", "imagecapture"), ("result", "error")));
    }

    private async Task<Scrape> ScrapeAsync() => new(await observed.ScrapeAsync());
}

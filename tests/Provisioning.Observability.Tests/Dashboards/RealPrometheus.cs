using System.Diagnostics;
using System.Text.Json.Nodes;
using Provisioning.Observability.Tests.Support;

namespace Provisioning.Observability.Tests.Dashboards;

/// <summary>A Prometheus that scrapes the operator each second and knows the alert rules; once for all tests of a class.</summary>
/// <param name="observed">The operator.</param>
public sealed class RealPrometheus(ObservedOperator observed) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("provisioning-prometheus-");
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(60) };
    private Process? _process;
    private string _address = "";

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        if (!PrometheusPrograms.AreThere)
            return;
        var program = PrometheusPrograms.Find("prometheus");
        _address = $"127.0.0.1:{Ports.Free()}";
        var config = Path.Combine(_folder.FullName, "prometheus.yml");
        await File.WriteAllTextAsync(config,
            $$$"""
            global: {scrape_interval: 1s, evaluation_interval: 1s}
            rule_files: ["{{{SourceTree.File(Expressions.AlertsFile)}}}"]
            scrape_configs:
              - job_name: provisioning-operator
                static_configs: [{targets: ["{{{new Uri(observed.Address).Authority}}}"], labels: {namespace: ops}}]
            """);
        _process = Process.Start(new ProcessStartInfo(program, [$"--config.file={config}", $"--storage.tsdb.path={_folder.FullName}/data", $"--web.listen-address={_address}", "--log.level=error"]) { UseShellExecute = false });
        await UntilAsync("Prometheus answers", IsReadyAsync);
        // Three scrapes: a rate needs two, and the first may have come before a series was there.
        await UntilAsync("Prometheus has scraped the operator", async () => (await QueryAsync("min(count_over_time(provisioning_build_info[1m]))")).Any(value => value >= 3));
    }

    /// <summary>The values of an instant query; an expression that Prometheus does not understand fails the test.</summary>
    public async Task<IReadOnlyList<double>> QueryAsync(string expression)
    {
        PrometheusPrograms.Find("prometheus");
        using var answer = await _http.GetAsync(new Uri($"http://{_address}/api/v1/query?query={Uri.EscapeDataString(expression)}"));
        var json = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.True((string?)json["status"] == "success", $"{expression}: {json}");
        return [.. json["data"]!["result"]!.AsArray().Select(series => double.Parse((string)series!["value"]![1]!, System.Globalization.CultureInfo.InvariantCulture))];
    }

    /// <summary>Health and last error of the one target.</summary>
    public async Task<(string Health, string Error)> TargetAsync()
    {
        PrometheusPrograms.Find("prometheus");
        var json = JsonNode.Parse(await _http.GetStringAsync(new Uri($"http://{_address}/api/v1/targets")))!;
        var target = Assert.Single(json["data"]!["activeTargets"]!.AsArray())!;
        return ((string)target["health"]!, (string)target["lastError"]!);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process?.Dispose();
        _http.Dispose();
        _folder.Delete(recursive: true);
    }

    /// <summary>Waits until something is so of what it scrapes or knows.</summary>
    public static Task UntilAsync(string what, Func<Task<bool>> isSo, Func<string>? describe = null) =>
        Poll.UntilAsync(what, isSo, Patience, TimeSpan.FromMilliseconds(200), describe: describe is null ? null : () => Task.FromResult(describe()));

    /// <summary>While it starts it does not listen, and then answers with something else than JSON.</summary>
    private async Task<bool> IsReadyAsync()
    {
        try
        {
            using var answer = await _http.GetAsync(new Uri($"http://{_address}/-/ready"));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}

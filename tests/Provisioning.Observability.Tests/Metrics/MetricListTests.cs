using System.Diagnostics.Metrics;
using k8s;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Provisioning.Kubernetes.Events;
using Provisioning.Operator.Hosting;
using Provisioning.Operator.Telemetry;
using Provisioning.Ssh;

namespace Provisioning.Observability.Tests.Metrics;

public sealed class MetricListTests
{
    [Fact]
    public async Task The_documented_metrics_are_those_of_the_program()
    {
        var published = await PublishedAsync();
        Assert.Equal(
            published.Select(instrument => (instrument.Name, TypeOf(instrument), instrument.Description)).Order(),
            MetricRow.All.Select(row => (row.Name, row.Type, (string?)row.Meaning)).Order());
    }

    [Fact]
    public void Names_keep_the_rules_of_prometheus()
    {
        Assert.All(MetricRow.All, row =>
        {
            Assert.Matches("^[a-z][a-z0-9_]*[a-z]$", row.Name);
            Assert.Equal(row.Type == "counter", row.Name.EndsWith("_total", StringComparison.Ordinal));
        });
    }

    private static async Task<List<Instrument>> PublishedAsync()
    {
        var services = new ServiceCollection().AddLogging().AddMetrics()
            .AddSingleton<IHostApplicationLifetime, NoLifetime>()
            .AddSingleton(new KubernetesClientConfiguration { Host = "http://127.0.0.1:1" })
            .AddProvisioning(new OperatorSettings { LeaderElection = true, LeaseNamespace = "ops" })
            .BuildServiceProvider();
        await using var _ = services;
        var factory = services.GetRequiredService<IMeterFactory>();
        List<Instrument> published = [];
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Scope == factory || instrument.Meter.Name == SshMetrics.MeterName)
                    published.Add(instrument);
            },
        };
        listener.Start();
        SshMetrics.Begin();
        services.GetRequiredService<ProcessMetrics>();
        services.GetRequiredService<FleetMetrics>();
        services.GetRequiredService<MachineMetrics>();
        services.GetRequiredService<FetchMetrics>();
        services.GetRequiredService<IEventRecorder>();
        Assert.NotEmpty(services.GetServices<IHostedService>());
        return [.. published.DistinctBy(instrument => instrument.Name)];
    }

    private static string TypeOf(Instrument instrument) => instrument.GetType().Name.Split('`')[0] switch
    {
        "Counter" or "ObservableCounter" => "counter",
        "Histogram" => "histogram",
        _ => "gauge",
    };

    private sealed class NoLifetime : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => default;

        public CancellationToken ApplicationStopping => default;

        public CancellationToken ApplicationStopped => default;

        public void StopApplication()
        {
        }
    }
}

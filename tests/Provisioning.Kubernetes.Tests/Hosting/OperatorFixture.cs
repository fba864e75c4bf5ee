using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Provisioning.Kubernetes.Hosting;
using Provisioning.Kubernetes.LeaderElection;
using Provisioning.Kubernetes.Tests.Controllers;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Kubernetes.Tests.Hosting;

/// <summary>An operator for widgets in a real host, against an API server on a real socket.</summary>
internal sealed class OperatorFixture : IAsyncDisposable
{
    private OperatorFixture(FakeApiServer server) => Server = server;

    public FakeApiServer Server { get; }

    public WidgetProbe Probe { get; } = new();

    public FakeLogCollector Logs { get; } = new();

    public IHost Host { get; private set; } = null!;

    public static FakeKind LeaseKind { get; } = FakeKind.BuiltIn.Single(kind => kind.Kind == "Lease");

    public string? Holder => (string?)Server.Find(LeaseKind, "system", "operator")?["spec"]?["holderIdentity"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<OperatorFixture> CreateAsync(
        Action<OperatorOptions>? configure = null, Action<LeaderElectionOptions>? election = null, Action<IOperatorBuilder>? more = null)
    {
        var fixture = new OperatorFixture(await FakeApiServer.StartAsync([Widget.FakeKind]));
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddLogging(logging => logging.AddProvider(new FakeLoggerProvider(fixture.Logs)).SetMinimumLevel(LogLevel.Debug));
        builder.Services.AddMetrics();
        builder.Services.AddSingleton(fixture.Server.Connect());
        builder.Services.AddSingleton(fixture.Probe);
        var @operator = builder.Services.AddKubernetesOperator(configure)
            .AddResource(Widget.Definition)
            .AddController<WidgetController, Widget>(widgets => widgets.MaxConcurrent(4))
            .WithLeaderElection(options =>
            {
                (options.LeaseName, options.LeaseNamespace) = ("operator", "system");
                election?.Invoke(options);
            });
        more?.Invoke(@operator);
        fixture.Host = builder.Build();
        return fixture;
    }

    /// <summary>Waits until each of these widgets has been found to be as it should. One may be looked at more often than once.</summary>
    public async Task SettledAsync(params (string Name, int Size)[] widgets)
    {
        var missing = widgets.ToHashSet();
        while (missing.Count > 0)
            missing.Remove(await Probe.Settled.Reader.ReadAsync(Cancellation));
    }

    public async Task<HealthReport> HealthAsync(string tag) =>
        await Host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => check.Tags.Contains(tag), Cancellation);

    public async ValueTask DisposeAsync()
    {
        if (Host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStarted.IsCancellationRequested)
            await Host.StopAsync(CancellationToken.None);
        Host.Dispose();
        await Server.DisposeAsync();
    }
}

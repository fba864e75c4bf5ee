using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Provisioning.Engines;
using Provisioning.Engines.Simulated;
using Provisioning.Kubernetes.Rest;
using Provisioning.Operator.Hosting;

namespace Provisioning.Operator.Tests.Support;

/// <summary>One operator as Program puts it together, with its own connection, so that it can be cut off.</summary>
internal sealed class RunningOperator : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly KubernetesConnection _connection;
    private bool _isStopped;

    private RunningOperator(IHost host, KubernetesConnection connection) => (_host, _connection) = (host, connection);

    public IServiceProvider Services => _host.Services;

    public static async Task<RunningOperator> StartAsync(Cluster cluster, EngineHooks hooks, Action<IServiceCollection>? more)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddLogging(logging => logging.AddProvider(new FakeLoggerProvider(cluster.Logs)).SetMinimumLevel(LogLevel.Debug));
        builder.Services.AddMetrics();
        builder.Services.AddSingleton<TimeProvider>(cluster.Time);
        var connection = cluster.Server.Connect(cluster.Time);
        builder.Services.AddSingleton(connection);
        builder.Services.AddSingleton(cluster.Room);
        builder.Services.AddProvisioning(new OperatorSettings());
        builder.Services.Remove(builder.Services.Single(service => service.ImplementationType == typeof(SimulatedEngineFactory)));
        builder.Services.AddSingleton<IProvisioningEngineFactory>(services => new HookedEngineFactory(ActivatorUtilities.CreateInstance<SimulatedEngineFactory>(services), hooks));
        more?.Invoke(builder.Services);
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return new(host, connection);
    }

    /// <summary>The process is gone: not a byte more reaches the API server.</summary>
    public async Task KillAsync()
    {
        _connection.Dispose();
        await StopAsync();
    }

    public async Task StopAsync()
    {
        if (_isStopped)
            return;
        _isStopped = true;
        await _host.StopAsync(CancellationToken.None);
        _host.Dispose();
    }

    public ValueTask DisposeAsync() => new(StopAsync());
}

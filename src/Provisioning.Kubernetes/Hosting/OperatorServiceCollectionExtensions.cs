using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Provisioning.Kubernetes.Controllers;
using Provisioning.Kubernetes.Events;
using Provisioning.Kubernetes.LeaderElection;
using Provisioning.Kubernetes.Queueing;
using Provisioning.Kubernetes.Rest;
using Provisioning.Kubernetes.Rest.BuiltIn;

namespace Provisioning.Kubernetes.Hosting;

/// <summary>Adds an operator to a host.</summary>
public static class OperatorServiceCollectionExtensions
{
    /// <summary>Tag of the health check that fails when the process should be restarted.</summary>
    public const string LivenessTag = "live";

    /// <summary>Tag of the health check that passes when the caches are synced; a standby is ready too.</summary>
    public const string ReadinessTag = "ready";

    /// <summary>
    /// Adds an operator. It runs as a hosted service: caches, then the leader election, then the controllers; at the end the other way round.
    /// The host gives it metrics (AddMetrics) and logging. A connection, clock or random generator that is registered before is used.
    /// </summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="configure">Options.</param>
    public static IOperatorBuilder AddKubernetesOperator(this IServiceCollection services, Action<OperatorOptions>? configure = null)
    {
        services.AddOptions<OperatorOptions>().Configure(options => configure?.Invoke(options)).ValidateOnStart();
        services.TryAddSingleton<IValidateOptions<OperatorOptions>, OperatorOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(static _ => new Random());
        services.TryAddSingleton<SharedRandom>();
        services.TryAddSingleton<OperatorIdentity>();
        services.TryAddSingleton<OperatorState>();
        services.TryAddSingleton<WorkQueueMetrics>();
        services.TryAddSingleton<ControllerMetrics>();
        services.TryAddSingleton(static provider =>
        {
            var options = provider.GetRequiredService<IOptions<OperatorOptions>>().Value;
            return KubernetesConnection.LoadConfiguration(options.Kubeconfig, options.Context);
        });
        services.TryAddSingleton<KubernetesConnection>();
        services.TryAddSingleton(static provider => ActivatorUtilities.CreateInstance<EventRecorder>(
            provider,
            provider.GetRequiredService<IOptions<OperatorOptions>>().Value.EventSource,
            provider.GetRequiredService<OperatorIdentity>().Instance));
        services.TryAddSingleton<IEventRecorder>(static provider => provider.GetRequiredService<EventRecorder>());
        services.AddHostedService<OperatorService>();
        services.AddHealthChecks()
            .AddCheck<LivenessCheck>("operator-live", tags: [LivenessTag])
            .AddCheck<ReadinessCheck>("operator-ready", tags: [ReadinessTag]);
        return new OperatorBuilder(services).AddClient(BuiltInResources.Events);
    }
}

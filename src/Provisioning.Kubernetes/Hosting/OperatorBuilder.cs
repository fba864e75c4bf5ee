using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Provisioning.Api.Meta;
using Provisioning.Kubernetes.Caching;
using Provisioning.Kubernetes.Controllers;
using Provisioning.Kubernetes.LeaderElection;
using Provisioning.Kubernetes.Queueing;
using Provisioning.Kubernetes.Rest;
using Provisioning.Kubernetes.Rest.BuiltIn;

namespace Provisioning.Kubernetes.Hosting;

internal sealed class OperatorBuilder(IServiceCollection services) : IOperatorBuilder
{
    public IServiceCollection Services => services;

    public IOperatorBuilder AddClient<T>(ResourceDefinition<T> definition)
        where T : class, IKubernetesEntity
    {
        services.TryAddSingleton(definition);
        services.TryAddSingleton(provider => provider.GetRequiredService<KubernetesConnection>().Client(definition));
        return this;
    }

    public IOperatorBuilder AddResource<T>(ResourceDefinition<T> definition, params (string Name, Func<T, IEnumerable<string>> Values)[] indexes)
        where T : class, IKubernetesEntity
    {
        if (Has<ScopedReflector<T>>())
            throw new InvalidOperationException($"AddResource was called twice for {definition.Resource}; name all indexes in one call.");
        AddClient(definition);
        services.AddSingleton(provider => new ScopedReflector<T>(
            provider.GetRequiredService<IOptions<OperatorOptions>>().Value.WatchNamespaces,
            @namespace => new ResourceReflector<T>(
                provider.GetRequiredService<KubernetesConnection>(),
                definition,
                new ReflectorOptions<T> { Namespace = @namespace, Indexes = indexes.ToDictionary(index => index.Name, index => index.Values) },
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<Random>(),
                provider.GetRequiredService<ILogger<ResourceReflector<T>>>())));
        services.AddSingleton<IResourceReflector>(provider => provider.GetRequiredService<ScopedReflector<T>>());
        services.AddSingleton(provider => provider.GetRequiredService<ScopedReflector<T>>().Cache);
        return this;
    }

    public IOperatorBuilder AddController<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TController, T>(
        Action<ControllerBuilder<T>>? configure = null)
        where TController : class, IEntityController<T>
        where T : class, IKubernetesEntity
    {
        if (Has<EntityQueue<T>>())
            throw new InvalidOperationException($"AddController was called twice for {typeof(T).Name}: a kind has one controller, or two of them would work on one object at once.");
        var builder = new ControllerBuilder<T>();
        configure?.Invoke(builder);
        services.AddSingleton<IEntityController<T>, TController>();
        services.AddSingleton(provider => new EntityQueue<T>(
            builder.Name,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<SharedRandom>().Next,
            provider.GetRequiredService<WorkQueueMetrics>()));
        services.AddSingleton<IEntityQueue<T>>(provider => provider.GetRequiredService<EntityQueue<T>>());
        services.AddSingleton<IControllerLoop>(provider => new ControllerLoop<T>(builder, provider));
        return this;
    }

    public IOperatorBuilder WithLeaderElection(Action<LeaderElectionOptions> configure)
    {
        AddClient(BuiltInResources.Leases);
        services.AddOptions<LeaderElectionOptions>()
            .Configure(configure)
            .PostConfigure<KubernetesConnection>(static (options, connection) =>
            {
                if (options.LeaseNamespace.Length == 0)
                    options.LeaseNamespace = connection.Namespace;
            })
            .ValidateOnStart();
        services.TryAddSingleton<IValidateOptions<LeaderElectionOptions>, LeaderElectionOptionsValidator>();
        services.TryAddSingleton<LeaderElectionMetrics>();
        services.TryAddSingleton(provider => new LeaderElector(
            provider.GetRequiredService<IResourceClient<Lease>>(),
            provider.GetRequiredService<IOptions<LeaderElectionOptions>>().Value,
            provider.GetRequiredService<OperatorIdentity>().Holder,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<SharedRandom>().Next,
            provider.GetRequiredService<LeaderElectionMetrics>(),
            provider.GetRequiredService<ILogger<LeaderElector>>()));
        return this;
    }

    private bool Has<TService>() => services.Any(service => service.ServiceType == typeof(TService));
}

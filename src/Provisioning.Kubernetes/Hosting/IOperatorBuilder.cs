using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Provisioning.Api.Meta;
using Provisioning.Kubernetes.Caching;
using Provisioning.Kubernetes.Controllers;
using Provisioning.Kubernetes.LeaderElection;
using Provisioning.Kubernetes.Rest;

namespace Provisioning.Kubernetes.Hosting;

/// <summary>Puts an operator together.</summary>
public interface IOperatorBuilder
{
    /// <summary>The services of the host.</summary>
    IServiceCollection Services { get; }

    /// <summary>Adds a kind for live access only: <see cref="IResourceClient{T}"/>.</summary>
    /// <param name="definition">The kind.</param>
    IOperatorBuilder AddClient<T>(ResourceDefinition<T> definition)
        where T : class, IKubernetesEntity;

    /// <summary>Adds a kind with a cache: <see cref="IResourceClient{T}"/> and <see cref="IResourceCache{T}"/>.</summary>
    /// <param name="definition">The kind.</param>
    /// <param name="indexes">Names and functions of indexes, for <see cref="IResourceCache{T}.ByIndex"/>.</param>
    IOperatorBuilder AddResource<T>(ResourceDefinition<T> definition, params (string Name, Func<T, IEnumerable<string>> Values)[] indexes)
        where T : class, IKubernetesEntity;

    /// <summary>
    /// Adds the controller of a kind that was added by <see cref="AddResource{T}"/>; one for each kind. Also gives <see cref="IEntityQueue{T}"/>.
    /// </summary>
    /// <param name="configure">Its sources and limits.</param>
    IOperatorBuilder AddController<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TController, T>(
        Action<ControllerBuilder<T>>? configure = null)
        where TController : class, IEntityController<T>
        where T : class, IKubernetesEntity;

    /// <summary>
    /// Lets one of several instances work. Without it, all of them would. An empty namespace becomes that of the kubeconfig's context or of the pod.
    /// </summary>
    /// <param name="configure">Lease and times.</param>
    IOperatorBuilder WithLeaderElection(Action<LeaderElectionOptions> configure);
}

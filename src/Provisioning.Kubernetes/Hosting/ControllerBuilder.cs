using Microsoft.Extensions.DependencyInjection;
using Provisioning.Api.Meta;
using Provisioning.Kubernetes.Caching;
using Provisioning.Kubernetes.Controllers;
using Provisioning.Kubernetes.Queueing;

namespace Provisioning.Kubernetes.Hosting;

/// <summary>Says what makes a controller reconcile, and how many objects at once.</summary>
/// <typeparam name="T">The kind of the controller.</typeparam>
public sealed class ControllerBuilder<T>
    where T : class, IKubernetesEntity
{
    private readonly List<Action<IServiceProvider, WorkQueue<NamespacedName>>> _sources = [];
    private Func<ResourceEvent<T>, bool>? _predicate;

    internal ControllerBuilder() => _sources.Add((services, queue) => Connect(services, queue, entity => [NamespacedName.Of(entity)], _predicate));

    /// <summary>Name in logs and metrics; unique in the process. Default: the kind in lower case.</summary>
    public string Name { get; set; } = typeof(T).Name.ToLowerInvariant();

    internal int Workers { get; private set; } = 1;

    /// <summary>How many objects are reconciled at once at most; default 1.</summary>
    public ControllerBuilder<T> MaxConcurrent(int reconciles)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(reconciles, 1);
        Workers = reconciles;
        return this;
    }

    /// <summary>Which changes of the own kind ask for a reconcile; see <see cref="Predicates"/>. Default: all.</summary>
    public ControllerBuilder<T> WithPredicate(Func<ResourceEvent<T>, bool> predicate)
    {
        _predicate = predicate;
        return this;
    }

    /// <summary>Reconciles an object when one that it owns changes.</summary>
    /// <typeparam name="TOwned">The kind of the owned objects, added by AddResource.</typeparam>
    /// <param name="predicate">Which changes count; null: all.</param>
    public ControllerBuilder<T> Owns<TOwned>(Func<ResourceEvent<TOwned>, bool>? predicate = null)
        where TOwned : class, IKubernetesEntity
    {
        _sources.Add((services, queue) =>
        {
            var owner = services.GetRequiredService<ResourceDefinition<T>>();
            Connect<TOwned>(services, queue, owned => Owners.Of(owned, owner.Group, owner.Kind), predicate);
        });
        return this;
    }

    /// <summary>Reconciles the objects that a function names when an object of another kind changes.</summary>
    /// <typeparam name="TOther">The other kind, added by AddResource.</typeparam>
    /// <param name="map">The objects that it concerns; called for the object as it is and as it was. Fast, from caches: it holds up the cache of the other kind.</param>
    /// <param name="predicate">Which changes count; null: all.</param>
    public ControllerBuilder<T> Watches<TOther>(
        Func<TOther, IServiceProvider, IEnumerable<NamespacedName>> map, Func<ResourceEvent<TOther>, bool>? predicate = null)
        where TOther : class, IKubernetesEntity
    {
        _sources.Add((services, queue) => Connect<TOther>(services, queue, other => map(other, services), predicate));
        return this;
    }

    internal void Connect(IServiceProvider services, WorkQueue<NamespacedName> queue)
    {
        foreach (var source in _sources)
            source(services, queue);
    }

    private void Connect<TWatched>(
        IServiceProvider services,
        WorkQueue<NamespacedName> queue,
        Func<TWatched, IEnumerable<NamespacedName>> map,
        Func<ResourceEvent<TWatched>, bool>? predicate)
        where TWatched : class, IKubernetesEntity
    {
        var reflector = services.GetService<ScopedReflector<TWatched>>()
            ?? throw new InvalidOperationException($"The controller {Name} watches {typeof(TWatched).Name}: add that kind by AddResource.");
        reflector.AddSink(new EventSource<TWatched>(queue, map, predicate));
    }
}

using Provisioning.Api.Meta;

namespace Provisioning.Kubernetes.Caching;

/// <summary>
/// Keeps the cache of one kind current over all namespaces, or over some: then with a reflector for each, since one list over several namespaces
/// would need a right over all of them. Sinks are told in order within a namespace.
/// </summary>
/// <typeparam name="T">The kind.</typeparam>
public sealed class ScopedReflector<T> : IResourceReflector
    where T : class, IKubernetesEntity
{
    private readonly ResourceReflector<T>[] _reflectors;

    /// <summary>Makes the reflectors.</summary>
    /// <param name="namespaces">The namespaces; none: all.</param>
    /// <param name="make">Makes the reflector of a namespace, or of all for null.</param>
    public ScopedReflector(IReadOnlyCollection<string> namespaces, Func<string?, ResourceReflector<T>> make)
    {
        if (namespaces.Count == 0)
        {
            _reflectors = [make(null)];
            Cache = _reflectors[0].Cache;
        }
        else
        {
            var scopes = namespaces.ToDictionary(name => name, make);
            _reflectors = [.. scopes.Values];
            Cache = new ScopedCache<T>(scopes.ToDictionary(scope => scope.Key, scope => scope.Value.Cache));
        }
    }

    /// <summary>The objects.</summary>
    public IResourceCache<T> Cache { get; }

    /// <inheritdoc/>
    public string Resource => _reflectors[0].Resource;

    /// <inheritdoc/>
    public DateTimeOffset LastActivity => _reflectors.Min(reflector => reflector.LastActivity);

    /// <inheritdoc/>
    public TimeSpan LongestSilence => _reflectors[0].LongestSilence;

    /// <inheritdoc/>
    public int UndecodableCount => _reflectors.Sum(reflector => reflector.UndecodableCount);

    /// <summary>Adds one who is told of every change. Before <see cref="RunAsync"/> only.</summary>
    public void AddSink(IResourceEventSink<T> sink)
    {
        foreach (var reflector in _reflectors)
            reflector.AddSink(sink);
    }

    /// <inheritdoc/>
    public Task WaitForSyncAsync(CancellationToken cancellationToken) => Task.WhenAll(_reflectors.Select(reflector => reflector.WaitForSyncAsync(cancellationToken)));

    /// <inheritdoc/>
    public Task CatchUpAsync(CancellationToken cancellationToken) => Task.WhenAll(_reflectors.Select(reflector => reflector.CatchUpAsync(cancellationToken)));

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // A reflector that ends for another reason than being told to takes the others along, so that its failure is seen.
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = _reflectors.Select(reflector => reflector.RunAsync(either.Token)).ToArray();
        await Task.WhenAny(running);
        await either.CancelAsync();
        await Task.WhenAll(running);
    }
}

using Microsoft.Extensions.Logging;
using Provisioning.Api.Meta;
using Provisioning.Kubernetes.Rest;

namespace Provisioning.Kubernetes.Caching;

/// <summary>
/// Lists a kind once, then watches it for ever from the last version seen; lists again only when the server has forgotten that version.
/// Every wait has a deadline, so that a server that accepts and never answers is left after a while.
/// </summary>
/// <typeparam name="T">The kind.</typeparam>
public sealed partial class ResourceReflector<T> : IResourceReflector
    where T : class, IKubernetesEntity
{
    private static readonly TimeSpan ShortestWatch = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongestWatch = TimeSpan.FromMinutes(10);

    // A server ends its watches on time; one that is this much late has lost us.
    private static readonly TimeSpan WatchGrace = TimeSpan.FromSeconds(30);

    // A watch that ends sooner and empty was refused in effect; without back-off it would become a hot loop.
    private static readonly TimeSpan ShortWatch = TimeSpan.FromSeconds(1);

    private readonly ResourceLister<T> _lister;
    private readonly ResourceDefinition<T> _definition;
    private readonly ResourceStore<T> _store;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly ILogger _logger;
    private readonly List<IResourceEventSink<T>> _sinks = [];
    private readonly CatchUps _catchUps = new();
    private readonly ShownVersions _shown = new();
    private readonly WatchProof<T> _proof;
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The first list is of the newest state. One of "any state" (0) may come from an API server that lags behind, and what an operator that was just restarted
    // does not see, such as an operation under way, it would not count.
    private string _listFrom = "";
    private string? _watchFrom;
    private ReflectorPhase _phase;
    private long _lastActivity;

    /// <summary>Makes a reflector; nothing is sent before <see cref="RunAsync"/>.</summary>
    /// <param name="connection">The API server.</param>
    /// <param name="definition">What must be known of the kind.</param>
    /// <param name="options">What to cache.</param>
    /// <param name="time">Clock.</param>
    /// <param name="random">Spreads watch lengths and back-offs; locked while used.</param>
    /// <param name="logger">Log.</param>
    public ResourceReflector(
        KubernetesConnection connection, ResourceDefinition<T> definition, ReflectorOptions<T> options, TimeProvider time, Random random, ILogger<ResourceReflector<T>> logger)
    {
        (_definition, _time, _random, _logger) = (definition, time, random, logger);
        _lister = new ResourceLister<T>(connection.WatchTransport, definition, options.Namespace, options.LabelSelector);
        _store = new ResourceStore<T>(options.Indexes, time);
        _proof = new WatchProof<T>(connection.Client(definition), definition, _store, _shown, time, random, logger);
        Touch();
    }

    /// <summary>The objects.</summary>
    public IResourceCache<T> Cache => _store;

    /// <inheritdoc/>
    public string Resource => _definition.Resource;

    /// <inheritdoc/>
    public DateTimeOffset LastActivity => new(Interlocked.Read(ref _lastActivity), TimeSpan.Zero);

    /// <inheritdoc/>
    public TimeSpan LongestSilence => LongestWatch + WatchGrace;

    /// <inheritdoc/>
    public int UndecodableCount => _store.UndecodableCount;

    /// <summary>Adds one who is told of every change, in the order of adding. Before <see cref="RunAsync"/> only.</summary>
    public void AddSink(IResourceEventSink<T> sink) => _sinks.Add(sink);

    /// <inheritdoc/>
    public Task WaitForSyncAsync(CancellationToken cancellationToken) => _synced.Task.WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        if (!await _proof.HoldsAsync(cancellationToken))
            await _catchUps.AskAsync().WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var backoff = new ReflectorBackoff(_time, _random);
        while (!cancellationToken.IsCancellationRequested)
        {
            var (ends, asked) = _catchUps.BeginTurn();
            using var turn = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, ends);
            try
            {
                try
                {
                    if (asked > 0)
                        (_listFrom, _watchFrom) = ("", null);
                    if (_watchFrom is null)
                        await ListAsync(asked, turn.Token);
                    await WatchAsync(turn.Token);
                }
                catch (Exception failure) when (ReflectorRules.IsServersFailure(failure))
                {
                    Touch();
                    var wait = Recover(failure, backoff);
                    await Task.Delay(wait, _time, turn.Token);
                }
            }
            catch (OperationCanceledException) when (turn.IsCancellationRequested)
            {
                // The end, or somebody asked for what is newer than all that this turn could have brought.
            }
        }
    }

    private async Task ListAsync(int asked, CancellationToken cancellationToken)
    {
        _phase = ReflectorPhase.Listing;
        List<DecodedEntity<T>> objects = [];
        var version = await _lister.ListAsync(_listFrom, objects, Touch, cancellationToken);
        Tell(_store.Replace(objects, version));
        _listFrom = version;
        _watchFrom = version;
        _shown.Show(version);
        LogListed(Resource, objects.Count, version);
        _store.MarkSynced();
        _synced.TrySetResult();
        _catchUps.Serve(asked);
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        _phase = ReflectorPhase.OpeningWatch;
        var opened = _time.GetTimestamp();
        var length = ShortestWatch + ((LongestWatch - ShortestWatch) * NextRandom());
        using var ends = new CancellationTokenSource(length + WatchGrace, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, ends.Token);
        var events = 0;
        try
        {
            using var response = await _lister.WatchAsync(_watchFrom!, (int)length.TotalSeconds, either.Token);
            Touch();
            _phase = ReflectorPhase.Watching;
            await using var body = await response.Content.ReadAsStreamAsync(either.Token);
            await foreach (var watched in WatchBodyReader.ReadAsync(body, _definition.JsonTypeInfo, either.Token))
            {
                events++;
                Touch();
                Take(watched);
            }
        }
        catch (OperationCanceledException cancelled) when (ends.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The watch of {Resource} is {WatchGrace.TotalSeconds:0} s over its time.", cancelled);
        }

        Touch();
        if (events == 0 && _time.GetElapsedTime(opened) < ShortWatch)
            throw new IOException($"The API server ended the watch of {Resource} at once.");
    }

    private void Take(in WatchEvent<T> watched)
    {
        if (watched.Kind == WatchEventKind.Error)
            throw _lister.Error(watched.Error ?? new ApiStatus());
        Tell(_store.Apply(watched.Kind, watched.Object));

        // An old event that comes again must not take the resume point back.
        if (watched.Object.ResourceVersion is { Length: > 0 } version && !ResourceVersions.Covers(_watchFrom, version))
            _listFrom = _watchFrom = version;
        _shown.Show(_watchFrom!);
    }

    private void Tell(StoreChanges<T> changes)
    {
        foreach (var bad in changes.Undecodable)
            LogUndecodable(Resource, bad.Key, bad.ResourceVersion, bad.Fault);
        foreach (var change in changes.Events)
        {
            foreach (var sink in _sinks)
                sink.OnEvent(change);
        }
    }

    private TimeSpan Recover(Exception failure, ReflectorBackoff backoff)
    {
        var next = ReflectorRules.After(failure, _phase);
        if (next != ReflectorNext.Again)
            _watchFrom = null;
        if (next == ReflectorNext.ListNewest)
            _listFrom = "";
        var wait = backoff.Next();
        if (failure is KubernetesApiException { RetryAfter: { } asked } && asked > wait)
            wait = asked < RetryRules.MaxRetryAfter ? asked : RetryRules.MaxRetryAfter;
        if (failure is KubernetesApiException { IsExpired: true })
            LogExpired(Resource, wait);
        else
            LogFailed(Resource, _phase, wait, ReflectorRules.Reason(failure), ReflectorRules.Remedy(failure, Resource));
        return wait;
    }

    private void Touch() => Interlocked.Exchange(ref _lastActivity, _time.GetUtcNow().UtcTicks);

    private double NextRandom()
    {
        lock (_random)
            return _random.NextDouble();
    }

    [LoggerMessage(1101, LogLevel.Debug, "Listed {Count} {Resource} at version {Version}")]
    private partial void LogListed(string resource, int count, string version);

    [LoggerMessage(1102, LogLevel.Information, "The API server has forgotten the version of {Resource} that the watch wants to go on from; listing again in {Wait}")]
    private partial void LogExpired(string resource, TimeSpan wait);

    [LoggerMessage(1103, LogLevel.Warning, "{Resource} ({Phase}) failed, next try in {Wait}: {Reason}{Remedy}")]
    private partial void LogFailed(string resource, ReflectorPhase phase, TimeSpan wait, string reason, string remedy);

    [LoggerMessage(
        1104,
        LogLevel.Warning,
        "{Resource} {Key} (version {Version}) cannot be decoded and is left alone: {Fault} Correct the object, or update this program if its CRD is newer")]
    private partial void LogUndecodable(string resource, NamespacedName key, string? version, string? fault);
}

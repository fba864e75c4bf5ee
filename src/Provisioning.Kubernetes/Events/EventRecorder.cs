using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.Logging;
using Provisioning.Api.Meta;
using Provisioning.Kubernetes.Queueing;
using Provisioning.Kubernetes.Rest;
using Provisioning.Kubernetes.Rest.BuiltIn;

namespace Provisioning.Kubernetes.Events;

/// <summary>Writes events in one background loop, which the host owns.</summary>
internal sealed partial class EventRecorder : IEventRecorder, IDisposable
{
    public const int Capacity = 1000;

    public const int MaxTries = 12;

    public static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(10);

    public static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Tick = TimeSpan.FromMinutes(1);

    private readonly OccurrenceQueue _queue = new(Capacity);
    private readonly EventAggregator _aggregator = new();
    private readonly IResourceClient<Event> _client;
    private readonly string _controller;
    private readonly string _instance;
    private readonly TimeProvider _time;
    private readonly ILogger<EventRecorder> _logger;
    private readonly Counter<long> _dropped;

    /// <summary>Makes the recorder; nothing is written until <see cref="RunAsync"/>.</summary>
    /// <param name="client">The API.</param>
    /// <param name="controller">Name of the program in the events.</param>
    /// <param name="instance">Name of this process in the events.</param>
    /// <param name="time">Clock.</param>
    /// <param name="meters">Makes the meter.</param>
    /// <param name="logger">Logger.</param>
    public EventRecorder(
        IResourceClient<Event> client, string controller, string instance, TimeProvider time, IMeterFactory meters, ILogger<EventRecorder> logger)
    {
        _client = client;
        _controller = controller;
        _instance = instance.Length <= 128 ? instance : instance[^128..];
        _time = time;
        _logger = logger;
        _dropped = meters.Create(RuntimeMeter.Name).CreateCounter<long>("event_recorder_dropped_total", description: "Events that were not written.");
    }

    /// <inheritdoc/>
    public void Record(IKubernetesEntity about, EventType type, string reason, string action, string note)
    {
        var subject = new EventSubject(about.ApiVersion, about.Kind, NamespacedName.Of(about), about.Metadata.Uid);
        if (!_queue.Add(new Occurrence(new EventKey(subject, type, reason, action, type == EventType.Normal ? note : ""), note, _time.GetUtcNow())))
            CountDropped("queue_full");
    }

    /// <summary>Writes until told to stop; then writes what is left, for a few seconds at most.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var end = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _time);
        await using var stopping = stop.UnsafeRegister(static state => ((CancellationTokenSource)state!).CancelAfter(FlushTimeout), end);
        using var timer = new PeriodicTimer(Tick, _time);
        var (arrived, tick) = (_queue.WaitAsync(stop), timer.WaitForNextTickAsync(stop).AsTask());
        while (!stop.IsCancellationRequested)
        {
            await Task.WhenAny(arrived, tick);
            if (arrived.IsCompletedSuccessfully)
            {
                arrived = _queue.WaitAsync(stop);
                await WriteNewAsync(stop, end.Token);
            }

            if (tick.IsCompletedSuccessfully)
            {
                // The timer is gone, and would answer so for ever: whoever dropped this recorder without stopping it wants nothing more.
                if (!await tick)
                    return;
                tick = timer.WaitForNextTickAsync(stop).AsTask();
                await WriteSeriesAsync(all: false, stop, end.Token);
            }
        }

        await WriteNewAsync(stop, end.Token);
        await WriteSeriesAsync(all: true, stop, end.Token);
    }

    public void Dispose() => _queue.Dispose();

    private async Task WriteNewAsync(CancellationToken stop, CancellationToken end)
    {
        while (_queue.TryTake() is { } occurrence)
        {
            if (!_aggregator.TryAdd(occurrence, out var write))
                CountDropped("burst");
            if (write is not null)
                await WriteAsync(write, stop, end);
        }
    }

    private async Task WriteSeriesAsync(bool all, CancellationToken stop, CancellationToken end)
    {
        foreach (var write in _aggregator.TakeDue(_time.GetUtcNow(), all))
            await WriteAsync(write, stop, end);
    }

    /// <summary>Tries until it is written, given up or, after the stop, failed once.</summary>
    private async Task WriteAsync(EventWrite write, CancellationToken stop, CancellationToken end)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                end.ThrowIfCancellationRequested();
                await TryWriteAsync(write, end);
                return;
            }
            catch (Exception exception)
            {
                var subject = write.First.Key.Subject;
                if (stop.IsCancellationRequested || tries == MaxTries || IsRefusal(exception))
                {
                    CountDropped("api");
                    LogDropped(exception, write.First.Key.Reason, subject.Kind, subject.Name);
                    return;
                }

                LogRetry(write.First.Key.Reason, subject.Kind, subject.Name, RetryDelay, exception.Message);
            }

            await Task.Delay(RetryDelay, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task TryWriteAsync(EventWrite write, CancellationToken cancellationToken)
    {
        try
        {
            if (write.Count == 1)
                await _client.CreateAsync(EventObjects.Create(write, _controller, _instance), cancellationToken);
            else
                await _client.PatchAsync(EventObjects.NameOf(write.First, _instance), EventObjects.SeriesPatch(write), PatchKind.Merge, null, cancellationToken);
        }
        catch (KubernetesApiException refusal) when (write.Count == 1 && refusal.IsAlreadyExists)
        {
            // An earlier try got through although its reply did not.
        }
        catch (KubernetesApiException refusal) when (write.Count > 1 && refusal.IsNotFound)
        {
            // The API server deletes events after an hour.
            await _client.CreateAsync(EventObjects.Create(write, _controller, _instance), cancellationToken);
        }
    }

    /// <summary>Whether the API server will say the same again: wrong rights, a namespace that is gone or ending, an invalid object.</summary>
    private static bool IsRefusal(Exception exception) =>
        exception is KubernetesApiException { StatusCode: >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError } refusal
        && refusal.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout);

    private void CountDropped(string reason) => _dropped.Add(1, new KeyValuePair<string, object?>("reason", reason));

    [LoggerMessage(301, LogLevel.Warning, "Event {Reason} about {Kind} {Subject} is lost; nothing else depends on it.")]
    private partial void LogDropped(Exception exception, string reason, string kind, NamespacedName subject);

    [LoggerMessage(302, LogLevel.Debug, "Event {Reason} about {Kind} {Subject} could not be written; next try in {Delay}: {Message}")]
    private partial void LogRetry(string reason, string kind, NamespacedName subject, TimeSpan delay, string message);
}

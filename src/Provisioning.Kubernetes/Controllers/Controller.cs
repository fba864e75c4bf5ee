using Microsoft.Extensions.Logging;
using Provisioning.Api.Meta;
using Provisioning.Kubernetes.Caching;
using Provisioning.Kubernetes.Queueing;
using Provisioning.Kubernetes.Rest;

namespace Provisioning.Kubernetes.Controllers;

/// <summary>Takes keys from the queue and reconciles the objects as the cache has them.</summary>
internal sealed partial class Controller<T>(
    string name,
    IEntityController<T> reconciler,
    IResourceCache<T> cache,
    EntityQueue<T> entities,
    int workers,
    ControllerMetrics metrics,
    TimeProvider time,
    Func<double> random,
    ILogger logger)
    where T : class, IKubernetesEntity
{
    private readonly WorkQueue<NamespacedName> _queue = entities.Queue;

    /// <summary>How long the slowest worker has been at its object.</summary>
    public TimeSpan LongestReconcile => _queue.Processing.Longest;

    /// <inheritdoc cref="IControllerLoop.RunAsync"/>
    public async Task RunAsync(Func<bool> mayAct, CancellationToken drain, CancellationToken abort)
    {
        metrics.Starting(name, workers);
        var running = Enumerable.Range(0, workers).Select(_ => Task.Run(() => WorkAsync(mayAct, abort), CancellationToken.None)).ToArray();

        // A worker ends when the queue has nothing more to give out and its last object is done.
        await using (drain.UnsafeRegister(static state => _ = ((Controller<T>)state!)._queue.ShutDownWithDrain(), this))
        await using (abort.UnsafeRegister(static state => _ = ((Controller<T>)state!)._queue.ShutDownWithDrain(), this))
            await Task.WhenAll(running);
    }

    private async Task WorkAsync(Func<bool> mayAct, CancellationToken abort)
    {
        while (await _queue.GetAsync(CancellationToken.None) is { } item)
        {
            try
            {
                // A process that was paused may come here before the timer that ends its leadership.
                if (mayAct())
                    await ProcessAsync(item, abort);
            }
            finally
            {
                _queue.Done(item.Key);
            }
        }
    }

    private async Task ProcessAsync(QueuedKey<NamespacedName> item, CancellationToken abort)
    {
        var id = Guid.NewGuid();
        using var scope = logger.BeginScope(new ReconcileScope(name, item.Key, id));
        using var trace = ReconcileTraces.Begin(name, item.Key, id);
        var start = time.GetTimestamp();
        metrics.Began(name);
        var outcome = "success";
        Exception? failure = null;
        try
        {
            var result = await ReconcileAsync(item.Key, abort);
            _queue.Forget(item.Key);
            if (result.RequeueAfter is { } delay)
            {
                outcome = "requeue_after";
                _queue.AddAfter(item.Key, Vary(delay), item.Priority);
            }
        }
        catch (OperationCanceledException) when (abort.IsCancellationRequested)
        {
            outcome = "canceled";
            LogCancelled(item.Key);
        }
        catch (Exception exception)
        {
            outcome = "error";
            failure = exception;
            var delay = _queue.AddRateLimited(item.Key, item.Priority);
            if (exception is KubernetesApiException { IsConflict: true })
                LogConflict(item.Key, exception.Message, delay);
            else
                LogFailed(exception, item.Key, delay);
        }
        finally
        {
            metrics.Ended(name, outcome, time.GetElapsedTime(start));
            ReconcileTraces.End(trace, outcome, failure);
        }
    }

    private async Task<ReconciliationResult> ReconcileAsync(NamespacedName key, CancellationToken abort)
    {
        await entities.WaitForOwnWriteAsync(key, cache, abort);
        if (cache.Get(key) is { } entity)
            return await reconciler.ReconcileAsync(entity, abort);
        await reconciler.OnGoneAsync(key, abort);
        return ReconciliationResult.Done;
    }

    /// <summary>Plus or minus a tenth.</summary>
    private TimeSpan Vary(TimeSpan delay) => delay * (0.9 + (0.2 * random()));

    [LoggerMessage(100, LogLevel.Error, "The reconcile of {Key} failed; it is tried again in {Delay}.")]
    private partial void LogFailed(Exception exception, NamespacedName key, TimeSpan delay);

    [LoggerMessage(101, LogLevel.Debug, "{Key} was changed by someone else meanwhile ({Message}); its reconcile is repeated in {Delay}.")]
    private partial void LogConflict(NamespacedName key, string message, TimeSpan delay);

    [LoggerMessage(102, LogLevel.Debug, "The reconcile of {Key} was cancelled because the operator stops or no longer leads.")]
    private partial void LogCancelled(NamespacedName key);
}

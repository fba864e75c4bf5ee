using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Provisioning.Api;
using Provisioning.Api.Images;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Core.Decisions;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;
using Provisioning.Kubernetes;
using Provisioning.Kubernetes.Caching;
using Provisioning.Kubernetes.Controllers;
using Provisioning.Operator.Engines;
using Provisioning.Operator.Hosting;
using Provisioning.Operator.Nodes;
using Provisioning.Operator.Telemetry;

namespace Provisioning.Operator.Images;

/// <summary>
/// Copies images between libraries, beside the reconciles: one copy for an image and a Provisioner however many Nodes wait for it. What is lost with this process is
/// nothing but the work of a few seconds, since the receiving library keeps what has arrived.
/// </summary>
internal sealed partial class ImageFetches(
    IResourceCache<Provisioner> provisioners, EngineRegistry engines, IEntityQueue<Image> queue, FetchMetrics metrics, TimeProvider time, ILogger<ImageFetches> logger) : IAsyncDisposable
{
    // Bytes go through this process, so more at a time would only be slower each.
    private const int MostAtOnce = 4;

    private const int ProgressStep = 5;

    private static readonly TimeSpan CallTimeout = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<(NamespacedName Image, string To), Fetch> _fetches = new();
    private readonly SemaphoreSlim _slots = new(MostAtOnce);

    /// <summary>Lets exactly these copies of an image be under way.</summary>
    public void Set(Image image, IReadOnlyList<CopyToFetch> wanted)
    {
        var name = NamespacedName.Of(image);
        foreach (var (key, fetch) in _fetches)
        {
            if (key.Image == name && !wanted.Any(copy => copy.To == key.To && copy.From == fetch.Copy.From && fetch.Digest == image.Spec.Digest))
                Stop(key, fetch);
        }

        foreach (var copy in wanted)
            _fetches.GetOrAdd((name, copy.To), key => Start(key, image, copy));
    }

    /// <summary>How far the copies of an image are.</summary>
    public IList<ImageFetch> Of(Image image) =>
        [.. _fetches.Where(pair => pair.Key.Image == NamespacedName.Of(image)).Select(pair => pair.Value.State).OrderBy(state => state.Provisioner, StringComparer.Ordinal)];

    /// <summary>Ends the copies of an image that is gone.</summary>
    public void Forget(NamespacedName image)
    {
        foreach (var (key, fetch) in _fetches)
        {
            if (key.Image == image)
                Stop(key, fetch);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        var running = _fetches.Values.Select(fetch => fetch.Running).ToList();
        foreach (var (key, fetch) in _fetches)
            Stop(key, fetch);
        await Task.WhenAll(running);
        _slots.Dispose();
    }

    private void Stop((NamespacedName Image, string To) key, Fetch fetch)
    {
        if (_fetches.TryRemove(new(key, fetch)))
            fetch.Cancellation.Cancel();
    }

    private Fetch Start((NamespacedName Image, string To) key, Image image, CopyToFetch copy)
    {
        var fetch = new Fetch(copy, image.Spec.Digest);
        // Not on this thread: the entry must stand before the copy can end.
        fetch.Running = Task.Run(() => RunAsync(key, image, fetch, fetch.Cancellation.Token), CancellationToken.None);
        return fetch;
    }

    private async Task RunAsync((NamespacedName Image, string To) key, Image image, Fetch fetch, CancellationToken cancellationToken)
    {
        using var counted = metrics.Waiting();
        try
        {
            await _slots.WaitAsync(cancellationToken);
            try
            {
                counted.Began();
                LogBegun(key.Image.Namespace, key.Image.Name, fetch.Copy.From, fetch.Copy.To);
                await CopyAsync(key, image, fetch, cancellationToken);
                LogDone(key.Image.Namespace, key.Image.Name, fetch.Copy.To);
                counted.Succeeded(image.Status?.SizeBytes ?? 0);
            }
            finally
            {
                _slots.Release();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Nobody wants it any more, or this process ends.
        }
        finally
        {
            _fetches.TryRemove(new(key, fetch));
            queue.Enqueue(key.Image);
        }
    }

    private async Task CopyAsync((NamespacedName Image, string To) key, Image image, Fetch fetch, CancellationToken cancellationToken)
    {
        var pause = FirstPause;
        while (true)
        {
            var outcome = await TryMoveAsync(key, image.ToTarget(), fetch.Copy, cancellationToken);
            if (outcome.Phase == OperationPhase.Succeeded)
                return;
            if (outcome.Phase == OperationPhase.Running)
            {
                if (fetch.Moves(outcome, ProgressStep))
                    queue.Enqueue(key.Image);
                pause = FirstPause;
                await Task.Delay(outcome.PollAfter, time, cancellationToken);
                continue;
            }

            metrics.Failed();
            fetch.Fails(outcome, time.GetUtcNow() + pause);
            queue.Enqueue(key.Image);
            LogFailed(key.Image.Namespace, key.Image.Name, fetch.Copy.From, fetch.Copy.To, outcome.Message, pause.TotalSeconds);
            await Task.Delay(pause, time, cancellationToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    /// <summary>One call, with the engines and logins as they are now.</summary>
    private async Task<OperationOutcome> TryMoveAsync((NamespacedName Image, string To) key, ImageTarget image, CopyToFetch copy, CancellationToken cancellationToken)
    {
        try
        {
            var (from, fromObstacle) = await AcquireAsync(key.Image.Namespace, copy.From, cancellationToken);
            if (from is null)
                return Failed(fromObstacle!);
            await using (from)
            {
                var (to, toObstacle) = await AcquireAsync(key.Image.Namespace, copy.To, cancellationToken);
                if (to is null)
                    return Failed(toObstacle!);
                await using (to)
                    return await time.WithinAsync(CallTimeout, limited => MoveAsync(from, to, image, copy, limited), cancellationToken);
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return OperationOutcome.Failed(Reasons.HostUnreachable, exception.Message);
        }
    }

    private static async Task<OperationOutcome> MoveAsync(EngineLease from, EngineLease to, ImageTarget image, CopyToFetch copy, CancellationToken cancellationToken)
    {
        var answer = await from.Engine.GetImageAsync(image, verify: false, cancellationToken);
        if (!answer.Exists.IsYes)
            return OperationOutcome.Failed(answer.Exists.Reason ?? Reasons.ImageFileMissing, $"{copy.From} does not have the image now: {answer.Exists.Detail}");
        return from.Engine.OpenImage(image, answer, copy.From) is { } source
            ? await to.Engine.RetrieveImageAsync(image, source, cancellationToken)
            : OperationOutcome.Failed(Reasons.NotSupported, $"The images of {copy.From} cannot be copied.", FailureKind.NeedsPerson);
    }

    private async Task<(EngineLease? Lease, Obstacle? Obstacle)> AcquireAsync(string @namespace, string name, CancellationToken cancellationToken) =>
        provisioners.Get(new(@namespace, name)) is { } provisioner
            ? await engines.AcquireAsync(provisioner, cancellationToken)
            : (null, new(Reasons.ProvisionerNotFound, $"The Provisioner {name} does not exist.", NeedsPerson: true));

    private static OperationOutcome Failed(Obstacle obstacle) => OperationOutcome.Failed(obstacle.Reason, obstacle.Message);

    [LoggerMessage(2031, LogLevel.Information, "Image {Namespace}/{Image}: is fetched from the Provisioner {From} to {To}")]
    private partial void LogBegun(string @namespace, string image, string from, string to);

    [LoggerMessage(2032, LogLevel.Information, "Image {Namespace}/{Image}: was fetched to the Provisioner {To}")]
    private partial void LogDone(string @namespace, string image, string to);

    [LoggerMessage(2033, LogLevel.Warning, "Image {Namespace}/{Image}: fetching from the Provisioner {From} to {To} failed and is tried again in {Seconds} s: {Why}")]
    private partial void LogFailed(string @namespace, string image, string from, string to, string why, double seconds);
}

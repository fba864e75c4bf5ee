using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Provisioning.Api.Meta;
using Provisioning.Kubernetes.Caching;
using Provisioning.Kubernetes.Controllers;
using Provisioning.Kubernetes.Events;
using Provisioning.Kubernetes.LeaderElection;
using Provisioning.Kubernetes.Rest.BuiltIn;

namespace Provisioning.Kubernetes.Hosting;

/// <summary>
/// Runs the operator: caches, leader election, controllers, each when the one before is there; at the end workers are drained, events flushed, caches
/// ended, and the Lease is given back last. Whatever fails for good ends the host with exit code 1.
/// </summary>
internal sealed partial class OperatorService(
    IEnumerable<LeaderElector> electors,
    IEnumerable<IResourceReflector> reflectors,
    IEnumerable<IControllerLoop> controllers,
    EventRecorder events,
    OperatorIdentity identity,
    OperatorState state,
    IOptions<OperatorOptions> options,
    IOptions<LeaderElectionOptions> election,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<OperatorService> logger) : IHostedService, IDisposable
{
    /// <summary>How long a reconcile may take to end after it was cancelled.</summary>
    public static readonly TimeSpan AbortGrace = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    /// <summary>Returns before the caches are synced, so that the host can answer probes meanwhile.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var controller in controllers)
            controller.Connect();
        _running = Task.Run(RunGuardedAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <summary>Ends in bounded time by itself: the host's own deadline may be shorter than the grace that was configured for reconciles.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        LogStopping();
        await _stop.CancelAsync();
        await _running;
    }

    public void Dispose() => _stop.Dispose();

    private async Task RunGuardedAsync()
    {
        try
        {
            await RunAsync();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopped before it led.
        }
        catch (Exception exception)
        {
            state.Failed(exception);
        }

        if (state.Failure is not { } failure)
            return;
        LogFailed(failure);
        Environment.ExitCode = 1;
        lifetime.StopApplication();
    }

    private async Task RunAsync()
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        using var recording = new OwnedLoops(Fail, logger);
        using var caches = new OwnedLoops(Fail, logger);
        ILeadership? leadership = null;
        recording.Start("events", events.RunAsync);
        foreach (var reflector in reflectors)
            caches.Start(reflector.Resource, reflector.RunAsync);
        try
        {
            await SyncAsync(ending.Token);
            leadership = await LeadAsync(ending.Token);
            if (await HasCaughtUpAsync(leadership, ending.Token))
            {
                state.Working(true);
                await ControlAsync(leadership, ending.Token);
            }
        }
        finally
        {
            state.Working(false);
            await recording.StopAsync();
            await caches.StopAsync();
        }

        // Not in the finally: where a worker did not end, it may still act, and the Lease must run out by itself.
        await leadership.DisposeAsync();

        void Fail(Exception exception)
        {
            state.Failed(exception);
            ending.Cancel();
        }
    }

    private async Task SyncAsync(CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        await Task.WhenAll(reflectors.Select(reflector => reflector.WaitForSyncAsync(cancellationToken)));
        state.CachesSynced();
        LogSynced(time.GetElapsedTime(start).TotalMilliseconds);
    }

    private async Task<ILeadership> LeadAsync(CancellationToken cancellationToken)
    {
        if (electors.SingleOrDefault() is not { } elector)
            return new AlwaysLeading();
        var leadership = await elector.AcquireAsync(cancellationToken);
        var lease = new Lease { Metadata = new ObjectMeta { Name = election.Value.LeaseName, Namespace = election.Value.LeaseNamespace } };
        events.Record(lease, EventType.Normal, "LeaderElection", "BecomeLeader", $"{identity.Holder} leads now.");
        return leadership;
    }

    /// <summary>
    /// What the leader before did is known before anything is done: one that stood by may have watched in vain, and an operation that it does not see, it would not count.
    /// </summary>
    /// <returns>False if the process is to end before it has begun to work.</returns>
    private async Task<bool> HasCaughtUpAsync(ILeadership leadership, CancellationToken cancellationToken)
    {
        if (!leadership.HasPredecessor)
            return true;
        var start = time.GetTimestamp();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, leadership.Lost);
        try
        {
            await Task.WhenAll(reflectors.Select(reflector => reflector.CatchUpAsync(either.Token)));
            LogCaughtUp(time.GetElapsedTime(start).TotalMilliseconds);
            return true;
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            return cancellationToken.IsCancellationRequested ? false : throw new LeadershipLostException();
        }
    }

    /// <summary>Returns when all workers have ended after a stop; throws if they had to end for another reason, or do not end.</summary>
    private async Task ControlAsync(ILeadership leadership, CancellationToken cancellationToken)
    {
        using var drain = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, leadership.Lost);
        using var abort = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        await using var onDrain = drain.Token.UnsafeRegister(_ => abort.CancelAfter(options.Value.ShutdownGrace), null);
        await using var onLost = leadership.Lost.UnsafeRegister(_ => abort.Cancel(), null);
        var workers = Task.WhenAll(controllers.Select(RunAsync));
        await UntilAsync(drain.Token);
        await Task.WhenAny(workers, UntilAsync(abort.Token));
        try
        {
            await workers.WaitAsync(AbortGrace, time, CancellationToken.None);
        }
        catch (TimeoutException timeout)
        {
            var names = string.Join(", ", controllers.Where(controller => controller.LongestReconcile > TimeSpan.Zero).Select(controller => controller.Name));
            throw new TimeoutException($"Reconciles of {names} did not end {AbortGrace} after they were cancelled; the Lease is left to run out.", timeout);
        }

        if (leadership.Lost.IsCancellationRequested)
            throw new LeadershipLostException();

        async Task RunAsync(IControllerLoop controller)
        {
            try
            {
                await controller.RunAsync(() => leadership.IsHeld, drain.Token, abort.Token);
            }
            finally
            {
                // Where one fails, the others have to end too.
                await drain.CancelAsync();
            }
        }
    }

    private async Task UntilAsync(CancellationToken fired) =>
        await Task.Delay(Timeout.InfiniteTimeSpan, time, fired).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    [LoggerMessage(410, LogLevel.Information, "Caches synced in {Milliseconds:0} ms.")]
    private partial void LogSynced(double milliseconds);

    [LoggerMessage(413, LogLevel.Information, "Caught up with the leader before in {Milliseconds:0} ms. Work begins.")]
    private partial void LogCaughtUp(double milliseconds);

    [LoggerMessage(411, LogLevel.Information, "Stopping: reconciles under way are finished first.")]
    private partial void LogStopping();

    [LoggerMessage(412, LogLevel.Critical, "The operator has failed and the process ends.")]
    private partial void LogFailed(Exception exception);
}

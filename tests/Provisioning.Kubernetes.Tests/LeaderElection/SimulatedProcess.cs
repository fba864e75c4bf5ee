using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Provisioning.Kubernetes.LeaderElection;
using Provisioning.Kubernetes.Rest;
using Provisioning.Kubernetes.Rest.BuiltIn;
using Provisioning.Kubernetes.Tests.Queueing;

namespace Provisioning.Kubernetes.Tests.LeaderElection;

/// <summary>A candidate with a clock, a thread and a network connection of its own, each of which can go wrong.</summary>
internal sealed class SimulatedProcess : SynchronizationContext, IResourceClient<Lease>, IDisposable
{
    public static readonly LeaderElectionOptions Options = new() { LeaseName = "operator", LeaseNamespace = "system" };

    private static int _count;

    private readonly Queue<(SendOrPostCallback Callback, object? State)> _work = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly SimulatedWorld _world;
    private readonly double _clockRate;
    private readonly FakeTimeProvider _time = new();
    private TimeSpan _missed;
    private Task? _running;
    private ILeadership? _leadership;
    private TimeSpan? _lostAt;

    public SimulatedProcess(SimulatedWorld world, double clockRate)
    {
        (_world, _clockRate) = (world, clockRate);
        Identity = $"process_{Interlocked.Increment(ref _count)}";
        Execute(() => _running = LeadAsync());
    }

    public string Identity { get; }

    public bool IsPaused { get; set; }

    public bool IsKilled { get; set; }

    public bool HasLost => _lostAt is not null;

    public bool HasEnded => _running!.IsCompleted || IsKilled;

    /// <summary>Whether it would act now: it runs, has felt the time that passed, and the clock and the token allow it.</summary>
    public bool Leads => !IsPaused && !IsKilled && _missed == TimeSpan.Zero && _leadership is { IsHeld: true, Lost.IsCancellationRequested: false };

    public List<TimeSpan> SentAfterLoss { get; } = [];

    public void Stop()
    {
        if (!IsKilled)
            Execute(_stop.Cancel);
    }

    public void Dispose() => _stop.Dispose();

    /// <summary>Lets time pass on its clock. A paused process feels all of it at once when it goes on.</summary>
    public void Pass(TimeSpan step)
    {
        _missed += step * _clockRate;
        if (IsPaused || IsKilled)
            return;
        Execute(() =>
        {
            var missed = _missed;
            _missed = TimeSpan.Zero;
            _time.Advance(missed);
        });
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
        lock (_work)
            _work.Enqueue((d, state));
    }

    public Task<Lease?> GetAsync(NamespacedName key, CancellationToken cancellationToken) => SendAsync(_world.Server.Get, cancellationToken);

    public Task<Lease> CreateAsync(Lease entity, CancellationToken cancellationToken) => SendAsync(() => _world.Server.Create(entity), cancellationToken);

    public Task<Lease> ReplaceAsync(Lease entity, CancellationToken cancellationToken) => SendAsync(() => _world.Server.Replace(entity), cancellationToken);

    public Task<Lease> PatchAsync(NamespacedName key, JsonNode patch, PatchKind kind, string? subresource, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task DeleteAsync(NamespacedName key, string? uid, CancellationToken cancellationToken) => throw new NotSupportedException();

    private async Task LeadAsync()
    {
        var metrics = new LeaderElectionMetrics(new TestMeters());
        var elector = new LeaderElector(this, Options, Identity, _time, _world.Random.NextDouble, metrics, NullLogger.Instance);
        try
        {
            await using (_leadership = await elector.AcquireAsync(_stop.Token))
            {
                using var onLost = _leadership.Lost.UnsafeRegister(_ => _lostAt ??= _stop.IsCancellationRequested ? null : _world.Now, null);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, _leadership.Lost);
                await Task.Delay(Timeout.InfiniteTimeSpan, _time, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopped before it led.
        }
    }

    /// <summary>A request and its reply, each of which takes its time or is lost: with an error at once, or in silence.</summary>
    private Task<TResult> SendAsync<TResult>(Func<TResult> request, CancellationToken cancellationToken)
    {
        if (HasLost)
            SentAfterLoss.Add(_world.Now);
        var reply = new TaskCompletionSource<TResult>();
        cancellationToken.UnsafeRegister(_ => reply.TrySetCanceled(cancellationToken), null);
        if (_world.IsLost())
        {
            Break();
            return reply.Task;
        }

        _world.Deliver(() =>
        {
            Action answer;
            try
            {
                var result = request();
                answer = () => reply.TrySetResult(result);
            }
            catch (KubernetesApiException refusal)
            {
                answer = () => reply.TrySetException(refusal);
            }

            if (_world.IsLost())
                Break();
            else
                _world.Deliver(answer);
        });
        return reply.Task;

        void Break()
        {
            if (_world.Random.Next(2) == 0)
                _world.Deliver(() => reply.TrySetException(new HttpRequestException("The connection broke.")));
        }
    }

    private void Execute(Action action)
    {
        var outer = Current;
        SetSynchronizationContext(this);
        try
        {
            action();
            while (TryNext(out var next))
                next.Callback(next.State);
        }
        finally
        {
            SetSynchronizationContext(outer);
        }
    }

    private bool TryNext(out (SendOrPostCallback Callback, object? State) next)
    {
        lock (_work)
            return _work.TryDequeue(out next);
    }
}

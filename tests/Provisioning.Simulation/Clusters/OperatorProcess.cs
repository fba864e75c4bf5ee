using System.Diagnostics.Metrics;
using k8s;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Provisioning.Api.Provisioners;
using Provisioning.Engines;
using Provisioning.Engines.Simulated;
using Provisioning.Kubernetes.Hosting;
using Provisioning.Kubernetes.LeaderElection;
using Provisioning.Kubernetes.Rest;
using Provisioning.Operator.Hosting;
using Provisioning.Simulation.Machines;
using Provisioning.Simulation.Worlds;

namespace Provisioning.Simulation.Clusters;

/// <summary>
/// One process of the operator: what Program puts together, with a wire to the API server, engines and a clock that end with it. A dead process still has
/// tasks, but none of them ever hears from the world again, nor the world from them.
/// </summary>
internal sealed class OperatorProcess(World world, string name)
{
    private readonly List<Action> _held = [];
    private readonly ProcessClock _clock = new(world.Clock, world.Scenario.Mutant);
    private ServiceProvider? _services;
    private TimeSpan? _frozenAt;
    private TimeSpan _slept;

    public string Name => name;

    public World World => world;

    public bool IsDead { get; private set; }

    /// <summary>How long the world has gone on while the process was not frozen.</summary>
    public TimeSpan Awake => (_frozenAt ?? world.Clock.Elapsed) - _slept;

    public TimeSpan ClockOffset
    {
        get => _clock.Offset;
        set => _clock.Offset = value;
    }

    public void Start()
    {
        world.Trace.Add(name, "starts");
        _clock.Deliver = Deliver;
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.ClearProviders().AddProvider(new TraceLog(this)).SetMinimumLevel(LogLevel.Information));
        services.AddMetrics();
        services.AddSingleton<TimeProvider>(_clock);
        services.AddSingleton<Random>(new Random(world.Random.Next()));
        services.AddSingleton(new OperatorIdentity { Instance = name, Holder = name });
        services.AddSingleton<IHostApplicationLifetime>(new Lifetime(this));
        services.AddSingleton(provider => new KubernetesConnection(
            new KubernetesClientConfiguration { Host = "http://api.invalid", Namespace = "provisioning-system" },
            _clock,
            provider.GetRequiredService<Random>(),
            provider.GetRequiredService<IMeterFactory>(),
            NullLogger<KubernetesConnection>.Instance,
            () => new Wire(this)));
        services.AddSingleton(world.Room);
        services.AddProvisioning(new OperatorSettings { LeaderElection = world.Scenario.ElectsLeader, Concurrency = 16 });
        services.RemoveAll<IProvisioningEngineFactory>();
        foreach (var type in (ReadOnlySpan<ProvisionerType>)[ProvisionerType.Simulated, ProvisionerType.Libvirt])
            services.AddSingleton<IProvisioningEngineFactory>(new RemoteEngineFactory(this, new SimulatedEngineFactory(world.Room, _clock), type));
        _services = services.BuildServiceProvider();
        if (world.IsQuiet)
            RenewSeldom();
        _ = StartHostedAsync(_services);
    }

    /// <summary>Elects with other timings from now on. Where nothing goes wrong any more, one renewal is like the other, and they would be half of all that a run does.</summary>
    public void RenewSeldom()
    {
        var options = _services!.GetRequiredService<IOptions<LeaderElectionOptions>>().Value;
        options.LeaseDuration = TimeSpan.FromMinutes(10);
        _ = ThenRenewSeldomAsync();

        // Not before the Lease says how long it lasts now, or another one would take it while its leader believes in it.
        async Task ThenRenewSeldomAsync()
        {
            await world.DelayAsync(TimeSpan.FromSeconds(10));
            options.RenewDeadline = TimeSpan.FromMinutes(5);
            options.RetryPeriod = TimeSpan.FromMinutes(1);
        }
    }

    /// <summary>kill -9.</summary>
    public void Kill(string why)
    {
        if (IsDead)
            return;
        world.Trace.Add(name, $"is killed {why}");
        Discard();
        world.Ended(this);
    }

    /// <summary>SIGTERM, and SIGKILL after the grace that a pod has.</summary>
    public async Task StopAsync()
    {
        world.Trace.Add(name, "is asked to stop");
        var stopped = Task.WhenAll(_services!.GetServices<IHostedService>().Select(service => service.StopAsync(CancellationToken.None)));
        await Task.WhenAny(stopped, world.DelayAsync(TimeSpan.FromSeconds(30)));
        Kill(stopped.IsCompleted ? "after it stopped" : "because it did not stop");
    }

    /// <summary>SIGSTOP: the world goes on without it until <see cref="Thaw"/>.</summary>
    public void Freeze()
    {
        world.Trace.Add(name, "is frozen");
        _frozenAt ??= world.Clock.Elapsed;
    }

    public void Thaw()
    {
        if (_frozenAt is not { } since || IsDead)
            return;
        world.Trace.Add(name, "goes on");
        _slept += world.Clock.Elapsed - since;
        _frozenAt = null;
        var held = _held.ToList();
        _held.Clear();
        held.ForEach(action => action());
    }

    /// <summary>Lets the process hear of something: now, when it is awake again, or never.</summary>
    public void Deliver(Action action)
    {
        if (IsDead)
            return;
        if (_frozenAt is not null)
            _held.Add(action);
        else
            action();
    }

    /// <summary>A call over a network: what happens to it on the way is the world's choice.</summary>
    /// <param name="what">The call, for the trace.</param>
    /// <param name="fault">What goes wrong.</param>
    /// <param name="effect">What the other side does. It happens also when nobody waits for it any more.</param>
    /// <param name="lost">The exception when the connection is lost; told whether anything was sent.</param>
    /// <param name="cancellationToken">The caller has enough.</param>
    public async Task<T> CallAsync<T>(string what, FaultKind? fault, Func<T> effect, Func<bool, Exception> lost, CancellationToken cancellationToken)
    {
        var reply = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!IsDead)
            _ = CarryAsync(what, fault, effect, lost, reply);
        await using var registration = cancellationToken.UnsafeRegister(static (state, token) => ((TaskCompletionSource<T>)state!).TrySetCanceled(token), reply);
        return await reply.Task;
    }

    /// <summary>Drops everything that the process was.</summary>
    public void Discard()
    {
        IsDead = true;
        _held.Clear();
        _services?.GetService<IMeterFactory>()?.Dispose();
    }

    /// <summary>The process ends by itself, with an error.</summary>
    private void Exit() => Kill("by itself");

    private static async Task StartHostedAsync(ServiceProvider services)
    {
        foreach (var hosted in services.GetServices<IHostedService>())
            await hosted.StartAsync(CancellationToken.None);
    }

    private async Task CarryAsync<T>(string what, FaultKind? fault, Func<T> effect, Func<bool, Exception> lost, TaskCompletionSource<T> reply)
    {
        if (fault is not null)
            world.Trace.Add(name, $"{fault} at {what}");
        if (fault == FaultKind.KilledBeforeEffect)
        {
            Kill($"before {what}");
            return;
        }

        await world.DelayAsync(Latency());
        if (fault == FaultKind.RequestLost)
        {
            var wasSent = world.Random.Next(2) == 0;
            Deliver(() => reply.TrySetException(lost(wasSent)));
            return;
        }

        if (fault == FaultKind.LateEffect)
        {
            Deliver(() => reply.TrySetException(lost(true)));
            await world.DelayAsync(world.Between(0.01, world.Random.Next(3) == 0 ? 300 : 10));
        }

        T result;
        try
        {
            result = effect();
        }
        catch (Exception failure)
        {
            Deliver(() => reply.TrySetException(failure));
            return;
        }

        switch (fault)
        {
            case FaultKind.KilledAfterEffect:
                Kill($"after {what}");
                return;
            case FaultKind.NoReply or FaultKind.LateEffect:
                return;
            case FaultKind.ReplyLost:
                Deliver(() => reply.TrySetException(lost(true)));
                return;
            default:
                await world.DelayAsync(Latency());
                Deliver(() => reply.TrySetResult(result));
                return;
        }
    }

    private TimeSpan Latency() => TimeSpan.FromTicks(world.Random.Next(1_000, 100_000) * (world.Faults.On && world.Random.Next(50) == 0 ? 500L : 1L));

    private sealed class Lifetime(OperatorProcess process) : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() => process.Exit();
    }
}

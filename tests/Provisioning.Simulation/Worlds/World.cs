using Provisioning.Engines.Simulated.Machines;
using Provisioning.Simulation.Checks;
using Provisioning.Simulation.Clusters;
using Provisioning.Simulation.Machines;
using Provisioning.Simulation.Users;

namespace Provisioning.Simulation.Worlds;

/// <summary>All that exists in one run: an API server, machines, people, and the operators that come and go.</summary>
internal sealed class World
{
    private readonly List<OperatorProcess> _processes = [];
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _started;

    public World(Scenario scenario, Random random)
    {
        Scenario = scenario;
        Random = random;
        Trace = new(Clock);
        Faults = new(random);
        Checks = new(this);
        Room = new(Clock, scenario.Seed);
        Machines = new(this);
        Api = new(this);
        People = new(this);
        Outages = new(this);
    }

    public Scenario Scenario { get; }

    public VirtualClock Clock { get; } = new();

    public Random Random { get; }

    /// <summary>Whether nothing goes wrong any more.</summary>
    public bool IsQuiet { get; set; }

    /// <summary>How far the clocks of operators have jumped, all together: by so much they may have measured a time wrong.</summary>
    public TimeSpan ClockJumps { get; set; }

    public Trace Trace { get; }

    public Faults Faults { get; }

    public SimulatedApi Api { get; }

    public Outages Outages { get; }

    public SimulatedMachineRoom Room { get; }

    public MachineFaults Machines { get; }

    public People People { get; }

    public Safety Checks { get; }

    /// <summary>Completes when a check has found something.</summary>
    public Task Failed => _failed.Task;

    public string? Violation { get; private set; }

    public IReadOnlyList<OperatorProcess> Running => _processes;

    /// <summary>Says that something is not as it must be. The first time counts.</summary>
    public void Violate(string what)
    {
        Trace.Add("CHECK", what);
        Violation ??= what;
        _failed.TrySetResult();
    }

    public Task DelayAsync(TimeSpan time) => Task.Delay(time, Clock);

    public TimeSpan Between(double low, double high) => TimeSpan.FromSeconds(low + ((high - low) * Random.NextDouble()));

    public void StartOperator()
    {
        var process = new OperatorProcess(this, $"op-{++_started}");
        _processes.Add(process);
        process.Start();
    }

    /// <summary>A process has ended; Kubernetes starts the container again.</summary>
    public void Ended(OperatorProcess process)
    {
        _processes.Remove(process);
        _ = StartAgainAsync();
    }

    public void Close()
    {
        foreach (var process in _processes.ToList())
            process.Discard();
        _processes.Clear();
        Api.Close();
        Clock.Clear();
    }

    private async Task StartAgainAsync()
    {
        await DelayAsync(Between(0.5, Random.Next(4) == 0 ? 60 : 10));
        StartOperator();
    }
}

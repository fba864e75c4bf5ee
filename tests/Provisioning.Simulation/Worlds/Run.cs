using Provisioning.Simulation.Checks;
using Provisioning.Simulation.Clusters;

namespace Provisioning.Simulation.Worlds;

/// <summary>One run of one seed: trouble first, then peace, in which everything must come to its end.</summary>
internal sealed class Run
{
    /// <summary>After the trouble everything must be settled within this time: the longest back-off, deadlines and deletions lie within it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromHours(4);

    private static readonly TimeSpan Rest = TimeSpan.FromMinutes(12);

    private const int MostWindows = 6;

    private readonly World _world;

    private Run(World world) => _world = world;

    public static RunResult Of(int seed, string? mutant = null, bool keepTrace = false, bool movesMachines = true)
    {
        var random = new Random(seed);
        var world = new World(Scenario.From(seed, random) with { Mutant = mutant, MovesMachines = movesMachines }, random);
        var run = new Run(world);
        try
        {
            OneThread.Run(world.Clock, run.LiveAsync);
        }
        catch (InvalidOperationException failure) when (failure.InnerException is { } inner)
        {
            world.Violate($"the simulation failed: {inner}");
        }

        return new(seed, world.Violation, world.Clock.Elapsed, world.Trace.Digest, world.Faults.Counts, world.Checks.Operations, keepTrace || world.Violation is not null ? world.Trace.Lines : []);
    }

    private async Task LiveAsync()
    {
        _world.Machines.PlaceForeign();
        _world.People.Begin();
        for (var i = 0; i < _world.Scenario.Replicas; i++)
            _world.StartOperator();
        var life = LiveThroughAsync();
        await Task.WhenAny(life, _world.Failed);
        if (life.IsCompleted)
            await life;
        _world.Close();
    }

    private async Task LiveThroughAsync()
    {
        _world.Faults.On = true;
        var outages = _world.Outages.LiveAsync();
        var pace = _world.Between(5, 90);
        while (_world.Clock.Elapsed < _world.Scenario.Trouble)
        {
            await _world.DelayAsync(pace * (2 * _world.Random.NextDouble()));
            Disturb();
        }

        _world.Faults.On = false;
        await outages;
        foreach (var process in _world.Running.ToList())
        {
            process.Thaw();
            process.ClockOffset = TimeSpan.Zero;
        }

        _world.People.Repair();

        // Not before a leader that lost its Lease while it was frozen has noticed: with longer timings it would believe in it for longer.
        await _world.DelayAsync(TimeSpan.FromMinutes(1));
        _world.IsQuiet = true;
        foreach (var process in _world.Running)
            process.RenewSeldom();
        await SettleAsync();
        await RestAsync();
        _world.Machines.CheckForeign();
    }

    private void Disturb()
    {
        switch (_world.Random.Next(10))
        {
            case < 5:
                _world.People.Act();
                break;
            case < 8:
                _world.Machines.Strike();
                break;
            default:
                DisturbOperator();
                break;
        }
    }

    private void DisturbOperator()
    {
        if (_world.Running is not { Count: > 0 } running)
            return;
        var process = running[_world.Random.Next(running.Count)];
        var kind = _world.Random.Next(5) switch
        {
            0 => FaultKind.Killed,
            1 => FaultKind.Stopped,
            2 => FaultKind.Frozen,
            3 => FaultKind.ClockJump,
            _ => FaultKind.HistoryForgotten,
        };
        _world.Faults.Count(kind);
        switch (kind)
        {
            case FaultKind.Killed:
                process.Kill("at some moment");
                break;
            case FaultKind.Stopped:
                _ = process.StopAsync();
                break;
            case FaultKind.Frozen:
                process.Freeze();
                _ = ThawAsync(process, _world.Between(1, 120));
                break;
            case FaultKind.ClockJump:
                var jump = _world.Between(-120, 120);
                process.ClockOffset += jump;
                _world.ClockJumps += jump.Duration();
                break;
            default:
                _world.Trace.Add("world", "the API server forgets its history");
                _world.Api.Forget();
                break;
        }
    }

    private async Task ThawAsync(OperatorProcess process, TimeSpan after)
    {
        await _world.DelayAsync(after);
        process.Thaw();
    }

    private async Task SettleAsync()
    {
        var settled = new Settled(_world);
        var deadline = _world.Clock.Elapsed + Patience;
        while (true)
        {
            await _world.DelayAsync(TimeSpan.FromSeconds(30));
            var open = settled.Open();
            if (open.Count == 0)
                break;
            if (_world.Clock.Elapsed > deadline)
            {
                _world.Violate($"not settled {Patience} after the last fault: {string.Join("; ", open)}");
                break;
            }
        }

        _world.Trace.Add("world", "is settled");
    }

    /// <summary>What was written to while nothing happened, but for what is tried again now and then, because it waits for a person.</summary>
    private async Task<IReadOnlyList<(string Subject, int Writes)>> WritesAtRestAsync()
    {
        _world.Checks.Rest.Begin();
        var before = _world.Api.Writes.Values.Sum();
        var effects = _world.Checks.Effects;
        await _world.DelayAsync(Rest);
        if (_world.Checks.Effects > effects && _world.Api.Writes.Values.Sum() == before)
            _world.Violate($"at rest something was done that nobody recorded: {_world.Room.Effects[^1]}");
        return _world.Checks.Rest.Restless();
    }

    /// <summary>What is settled stays so, and then costs nothing.</summary>
    private async Task RestAsync()
    {
        await _world.DelayAsync(Rest);
        // What was settled for a moment may have been on its way to something else.
        for (var window = 1; await WritesAtRestAsync() is { Count: > 0 } writes; window++)
        {
            if (window == MostWindows)
            {
                _world.Violate($"at rest {string.Join(", ", writes.Select(written => $"{written.Writes} writes to {written.Subject}"))} were made in {Rest}, and in each of the {MostWindows - 1} times before some");
                break;
            }
        }

        if (new Settled(_world).Open() is { Count: > 0 } open)
            _world.Violate($"what was settled is no longer: {string.Join("; ", open)}");
    }
}

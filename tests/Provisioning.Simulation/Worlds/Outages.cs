using Provisioning.Simulation.Clusters;

namespace Provisioning.Simulation.Worlds;

/// <summary>
/// The API server away for everybody, or for one operator that reaches the machines meanwhile. Every fifth world has them, at times that its seed draws apart from everything else: so that the others, and the seeds that
/// are kept, mean what they meant.
/// </summary>
internal sealed class Outages
{
    private readonly World _world;
    private readonly Random _random;
    private bool _isAway;
    private OperatorProcess? _cutOff;
    private bool _refuses;

    public Outages(World world)
    {
        _world = world;
        _random = new(~world.Scenario.Seed);
    }

    /// <summary>Lets them come and go until the trouble is over.</summary>
    public async Task LiveAsync()
    {
        if (_world.Scenario.Seed % 5 != 0 || _world.Scenario.Trouble == TimeSpan.Zero)
            return;
        while (_world.Faults.On)
        {
            await _world.DelayAsync(Between(20, 400));
            if (!_world.Faults.On || _world.Running is not { Count: > 0 } running)
                continue;
            _refuses = _random.Next(2) == 0;
            if (_random.Next(2) == 0)
                await BeAwayAsync();
            else
                await CutOffAsync(running[_random.Next(running.Count)]);
        }
    }

    /// <summary>Whether the API server cannot be reached by an operator now.</summary>
    public bool Hits(OperatorProcess process) => _isAway || _cutOff == process;

    /// <summary>A request that does not get there: it is refused at once, or nothing ever comes back.</summary>
    public async Task<Exception> LoseAsync(CancellationToken cancellationToken)
    {
        if (!_refuses)
            await Task.Delay(Timeout.InfiniteTimeSpan, _world.Clock, cancellationToken);
        return Wire.Lost(wasSent: false);
    }

    private async Task BeAwayAsync()
    {
        _world.Faults.Count(FaultKind.ApiAway);
        _world.Trace.Add("world", $"the API server is away, {How}");
        _isAway = true;
        if (_refuses)
            _world.Api.BreakWatches(of: null);
        await _world.DelayAsync(Between(60, 300));
        _world.Trace.Add("world", "the API server is back");
        _isAway = false;
    }

    private async Task CutOffAsync(OperatorProcess process)
    {
        _world.Faults.Count(FaultKind.CutOff);
        _world.Trace.Add(process.Name, $"is cut off from the API server, {How}");
        _cutOff = process;
        if (_refuses)
            _world.Api.BreakWatches(process);
        await _world.DelayAsync(Between(5, 60));
        _world.Trace.Add(process.Name, "reaches the API server again");
        _cutOff = null;
    }

    private string How => _refuses ? "and refuses connections" : "and nothing comes back";

    private TimeSpan Between(double low, double high) => TimeSpan.FromSeconds(low + ((high - low) * _random.NextDouble()));
}

using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Simulation.Checks;
using Provisioning.Simulation.Clusters;
using Provisioning.Simulation.Users;

namespace Provisioning.Simulation.Worlds;

/// <summary>Runs without faults, for what must hold when there is much to do, and when there is nothing.</summary>
internal sealed class QuietLife
{
    private readonly World _world;

    private QuietLife(int nodes)
    {
        var random = new Random(nodes);
        _world = new World(new Scenario(0, nodes, Provisioners: 1, Images: 2, Replicas: 1, Trouble: TimeSpan.Zero), random);
    }

    /// <summary>All Nodes get another image at the same moment.</summary>
    public static string Overload(int nodes, int limit)
    {
        var life = new QuietLife(nodes);
        OneThread.Run(life._world.Clock, () => life.OverloadAsync(limit));
        var checks = life._world.Checks;
        return life.Report($"nodes={nodes} limit={limit} atOnce={checks.MostAtOnce} callsAtOnce={checks.MostCalls} overtaken={checks.MostOvertaken} writesPerNode={(double)life._writes / nodes:0.00} operatorMiB={life._memory / 1048576.0:0.0} operatorKiBPerNode={life._memory / 1024.0 / nodes:0.0}");
    }

    /// <summary>Nothing happens for a long time.</summary>
    public static string Rest(int nodes, TimeSpan time)
    {
        var life = new QuietLife(nodes);
        OneThread.Run(life._world.Clock, () => life.RestAsync(time));
        return life.Report($"nodes={nodes} hours={time.TotalHours:0} writes={life._writes} looks={life._world.Checks.Looks}");
    }

    private int _writes;
    private long _memory;

    private async Task OverloadAsync(int limit)
    {
        Begin(new() { LoadSeconds = 0, PowerSeconds = 0 }, limit: 1000);
        await SettleAsync();
        _world.Api.Put(Kinds.Provisioner, Samples.Provisioner("p1", Provisioner(new() { LoadSeconds = 30, PowerSeconds = 5 }, limit)));
        await _world.DelayAsync(TimeSpan.FromMinutes(1));
        _world.Checks.ForgetPeaks();
        _world.Checks.SetLimit("p1", limit);
        var before = Writes();
        foreach (var i in Enumerable.Range(1, _world.Scenario.Nodes))
            _world.Api.Put(Kinds.Node, Samples.Node($"n{i}", Node("i2")));
        await SettleAsync();
        _writes = Writes() - before;
        var withOperator = GC.GetTotalMemory(forceFullCollection: true);
        _world.Close();
        await Task.Yield();
        _memory = withOperator - GC.GetTotalMemory(forceFullCollection: true);
    }

    private async Task RestAsync(TimeSpan time)
    {
        Begin(new() { LoadSeconds = 20 }, limit: 4);
        await SettleAsync();
        await _world.DelayAsync(TimeSpan.FromMinutes(30));
        var before = Writes();
        await _world.DelayAsync(time);
        _writes = Writes() - before;
        _world.Close();
    }

    private void Begin(SimulatedSpec machines, int limit)
    {
        _world.Api.Put(Kinds.Secret, Samples.Secret("login", 1));
        _world.Api.Put(Kinds.Provisioner, Samples.Provisioner("p1", Provisioner(machines, limit)));
        _world.Api.Put(Kinds.Image, Samples.Image("i1", "1"));
        _world.Api.Put(Kinds.Image, Samples.Image("i2", "1"));
        foreach (var i in Enumerable.Range(1, _world.Scenario.Nodes))
            _world.Api.Put(Kinds.Node, Samples.Node($"n{i}", Node("i1")));
        _world.StartOperator();
    }

    private async Task SettleAsync()
    {
        for (var settled = new Settled(_world); ;)
        {
            await _world.DelayAsync(TimeSpan.FromMinutes(2));
            if (_world.Violation is not null || settled.Open().Count == 0)
                return;
            if (_world.Clock.Elapsed > TimeSpan.FromDays(2))
                _world.Violate("not settled within two days");
        }
    }

    private int Writes() => _world.Api.Writes.Values.Sum();

    private string Report(string figures) => $"{figures} simulated={_world.Clock.Elapsed} violation={_world.Violation ?? "none"}";

    private static ProvisionerSpec Provisioner(SimulatedSpec machines, int limit) =>
        new() { Type = ProvisionerType.Simulated, Simulated = machines, Limits = new() { ConcurrentOperations = limit } };

    private static NodeSpec Node(string image) => new()
    {
        ProvisionerRef = new() { Name = "p1" },
        ImageRef = new() { Name = image },
        PowerState = PowerState.PoweredOn,
        OperatingSystem = new() { Type = OperatingSystemType.Linux, Address = "10.0.0.7", CredentialsSecretRef = new() { Name = "login" } },
    };
}

using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Core.Status;
using Provisioning.Simulation.Checks;
using Provisioning.Simulation.Clusters;
using Provisioning.Simulation.Users;

namespace Provisioning.Simulation.Worlds;

/// <summary>Runs without faults, for what must hold when there is much to do, and when there is nothing.</summary>
internal sealed class QuietLife
{
    private const string Other = "other";

    private readonly World _world;

    private QuietLife(int nodes, int replicas)
    {
        var random = new Random(nodes);
        _world = new World(new Scenario(0, nodes, Provisioners: 1, Images: 2, replicas, Trouble: TimeSpan.Zero) { ElectsLeader = replicas > 1 }, random);
    }

    /// <summary>All Nodes get another image at the same moment, and as the last of them one of another Provisioner.</summary>
    public static string Overload(int nodes, int limit)
    {
        var life = new QuietLife(nodes, replicas: 1);
        OneThread.Run(life._world.Clock, () => life.OverloadAsync(limit));
        var checks = life._world.Checks;
        return life.Report($"nodes={nodes} limit={limit} atOnce={checks.MostAtOnce} callsAtOnce={checks.MostCalls} overtaken={checks.MostOvertaken} writesPerNode={(double)life._writes / nodes:0.00} operatorMiB={life._memory / 1048576.0:0.0} operatorKiBPerNode={life._memory / 1024.0 / nodes:0.0} peakKiBPerNode={life._peak / 1024.0 / nodes:0.0} otherBeganAfter={life._otherBeganAfter.TotalSeconds:0.0}");
    }

    /// <summary>
    /// Nothing happens for a long time, with two replicas: most Nodes are as declared, the first ones are paused, only observed, declared off, captured, and without their image.
    /// </summary>
    public static string Rest(int nodes, TimeSpan time)
    {
        var life = new QuietLife(nodes, replicas: 2);
        OneThread.Run(life._world.Clock, () => life.RestAsync(time));
        return life.Report($"nodes={nodes} hours={time.TotalHours:0} writes={life._writes} looks={life._world.Checks.Looks} ready={life.Reasons()}");
    }

    private int _writes;
    private long _memory;
    private long _peak;
    private TimeSpan _otherBeganAfter;

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
        _world.Api.Put(Kinds.Node, Samples.Node(Other, Node("i2", Other)));
        var changed = _world.Clock.Elapsed;
        while (_world.Checks.Nodes[Other].Status?.Operation is null && _world.Clock.Elapsed < changed + TimeSpan.FromMinutes(2))
            await _world.DelayAsync(TimeSpan.FromSeconds(0.1));
        _otherBeganAfter = _world.Clock.Elapsed - changed;
        await SettleAsync(() => _peak = Math.Max(_peak, GC.GetTotalMemory(forceFullCollection: true)));
        _writes = Writes() - before;
        var withOperator = GC.GetTotalMemory(forceFullCollection: true);
        _world.Close();
        await Task.Yield();
        var without = GC.GetTotalMemory(forceFullCollection: true);
        (_memory, _peak) = (withOperator - without, _peak - without);
    }

    private async Task RestAsync(TimeSpan time)
    {
        Begin(new() { LoadSeconds = 20 }, limit: 4);
        await SettleAsync();
        _world.Api.Put(Kinds.Node, Samples.Node("n1", Node("i1", policy: ManagementPolicy.Paused)));
        _world.Api.Put(Kinds.Node, Samples.Node("n2", Node("i2", policy: ManagementPolicy.Observe)));
        _world.Api.Put(Kinds.Node, Samples.Node("n3", Node("i1", power: PowerState.PoweredOff)));
        _world.Api.Put(Kinds.Capture, Samples.Capture("c1", new() { NodeRef = new() { Name = "n4" }, ImageName = "golden" }));
        _world.Api.Put(Kinds.Node, Samples.Node("n5", Node("missing")));
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
        _world.Api.Put(Kinds.Provisioner, Samples.Provisioner(Other, Provisioner(machines, limit: 1)));
        _world.Api.Put(Kinds.Node, Samples.Node(Other, Node("i1", Other)));
        for (var i = 0; i < _world.Scenario.Replicas; i++)
            _world.StartOperator();
    }

    private async Task SettleAsync(Action? eachMinute = null)
    {
        for (var settled = new Settled(_world); ;)
        {
            await _world.DelayAsync(TimeSpan.FromMinutes(1));
            eachMinute?.Invoke();
            if (_world.Violation is not null || settled.Open().Count == 0)
                return;
            if (_world.Clock.Elapsed > TimeSpan.FromDays(2))
                _world.Violate("not settled within two days");
        }
    }

    /// <summary>What the Nodes say of themselves.</summary>
    private string Reasons() => string.Join(',', _world.Checks.Nodes.Values
        .Select(node => node.Status?.Conditions.FirstOrDefault(condition => condition.Type == ConditionTypes.Ready)?.Reason ?? "none")
        .CountBy(reason => reason)
        .OrderBy(reason => reason.Key, StringComparer.Ordinal)
        .Select(reason => $"{reason.Key}:{reason.Value}"));

    private int Writes() => _world.Api.Writes.Values.Sum();

    private string Report(string figures) => $"{figures} simulated={_world.Clock.Elapsed} violation={_world.Violation ?? "none"}";

    private static ProvisionerSpec Provisioner(SimulatedSpec machines, int limit) =>
        new() { Type = ProvisionerType.Simulated, Simulated = machines, Limits = new() { ConcurrentOperations = limit } };

    private static NodeSpec Node(string image, string provisioner = "p1", ManagementPolicy policy = ManagementPolicy.Manage, PowerState power = PowerState.PoweredOn) => new()
    {
        ProvisionerRef = new() { Name = provisioner },
        ImageRef = new() { Name = image },
        PowerState = power,
        ManagementPolicy = policy,
        OperatingSystem = new() { Type = OperatingSystemType.Linux, Address = "10.0.0.7", CredentialsSecretRef = new() { Name = "login" } },
    };
}

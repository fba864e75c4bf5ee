using Provisioning.Api.Machines;
using Provisioning.Api.Provisioners;
using Provisioning.Core.Decisions;
using Provisioning.Engines.Simulated.Machines;
using Provisioning.Simulation.Clusters;
using Provisioning.Simulation.Worlds;

namespace Provisioning.Simulation.Machines;

/// <summary>What happens to machines behind the operator's back, and what they do wrong.</summary>
internal sealed class MachineFaults(World world)
{
    private readonly HashSet<string> _tampered = new(StringComparer.Ordinal);
    private readonly List<SimulatedMachine> _foreign = [];

    /// <summary>An image file that no Image names, and that nobody here has made.</summary>
    public const string ForeignFile = "foreign.qcow2";

    /// <summary>What is in it; on no machine, so that nobody may say that it is used.</summary>
    public static readonly string ForeignFileDigest = Users.Samples.Digest("foreign file");

    /// <summary>Whose machines are.</summary>
    public Claims Claims { get; } = new();

    private static readonly FaultKind[] All =
    [
        FaultKind.EndpointDown, FaultKind.MachineUnreachable, FaultKind.SystemUnreachable, FaultKind.LoginRefused, FaultKind.MachineRebooted, FaultKind.MachineSwitchedOff,
        FaultKind.MachineDestroyed, FaultKind.MachineTampered, FaultKind.StaleLook, FaultKind.StepStuck, FaultKind.HalfDone, FaultKind.ImageFileLost,
    ];

    /// <summary>Machines whose contents somebody else has changed: what a Node records of them may be wrong for good.</summary>
    public bool IsTampered(string machine) => _tampered.Contains(machine);

    /// <summary>Machines that belong to nobody here, some under names that Nodes have in another namespace.</summary>
    public void PlaceForeign()
    {
        world.Room.Injected = CountInjected;
        foreach (var (@namespace, name) in (ReadOnlySpan<(string, string)>)[("other", "n1"), ("other", "n2"), (Kinds.Namespace, "foreign")])
        {
            world.Room.SetImage(@namespace, name, Users.Samples.Digest("foreign"), "foreign", "foreign@1");
            world.Room.Boot(@namespace, name);
            _foreign.Add(world.Room.Machine(@namespace, name));
        }

        foreach (var @namespace in (ReadOnlySpan<string>)["other", Kinds.Namespace])
            world.Room.PutImageFile(@namespace, ForeignFile, ForeignFileDigest, 1 << 30);
    }

    public void CheckForeign()
    {
        foreach (var before in _foreign)
        {
            if (world.Room.Machine(before.Namespace, before.Name) != before)
                world.Violate($"the foreign machine {before.Namespace}/{before.Name} was touched");
        }

        foreach (var @namespace in (ReadOnlySpan<string>)(_foreign.Count > 0 ? ["other", Kinds.Namespace] : []))
        {
            if (world.Room.ImageFiles(@namespace).GetValueOrDefault(ForeignFile) != ForeignFileDigest)
                world.Violate($"the foreign image file {@namespace}/{ForeignFile} was touched");
        }
    }

    public void Strike()
    {
        var kind = All[world.Random.Next(All.Length)];
        var name = $"n{world.Random.Next(1, world.Scenario.Nodes + 1)}";
        if (world.Checks.Nodes.GetValueOrDefault(name) is { } node)
            name = NodeSituation.DeclaredMachineOf(node);
        var machine = world.Room.Machine(Kinds.Namespace, name);
        if (machine.CurrentImage is null && kind == FaultKind.MachineTampered)
            return;
        world.Trace.Add("world", $"{kind} {name}");
        if (HappensNow(kind, machine))
            world.Faults.Count(kind);
        switch (kind)
        {
            case FaultKind.EndpointDown:
                world.Room.EndpointReachable = false;
                Later(() => world.Room.EndpointReachable = true);
                break;
            case FaultKind.MachineUnreachable or FaultKind.SystemUnreachable:
                world.Room.SetReachability(Kinds.Namespace, name, kind == FaultKind.MachineUnreachable ? SimulatedReachability.Unreachable : SimulatedReachability.SystemUnreachable);
                Later(() => world.Room.SetReachability(Kinds.Namespace, name, SimulatedReachability.Reachable));
                break;
            case FaultKind.LoginRefused:
                world.Room.RefuseLogin(Kinds.Namespace, name, refuse: true);
                Later(() => world.Room.RefuseLogin(Kinds.Namespace, name, refuse: false));
                break;
            case FaultKind.MachineRebooted when machine.Exists:
                world.Room.Boot(Kinds.Namespace, name);
                break;
            case FaultKind.MachineSwitchedOff:
                world.Room.PowerOff(Kinds.Namespace, name);
                break;
            case FaultKind.MachineDestroyed:
                _tampered.Add(name);
                world.Room.DestroyMachine(Kinds.Namespace, name);
                break;
            case FaultKind.MachineTampered:
                _tampered.Add(name);
                Tamper(name);
                break;
            case FaultKind.StaleLook:
                world.Room.Inject(Kinds.Namespace, name, SimulatedFaultKind.StaleReading, world.Random.Next(1, 4));
                break;
            case FaultKind.StepStuck:
                world.Room.Inject(Kinds.Namespace, name, SimulatedFaultKind.Stuck);
                break;
            case FaultKind.HalfDone:
                world.Room.Inject(Kinds.Namespace, name, SimulatedFaultKind.HalfDone, step: "SwitchDisk");
                break;
            case FaultKind.ImageFileLost:
                world.Room.RemoveImageFile(Kinds.Namespace, $"i{world.Random.Next(1, world.Scenario.Images + 1)}.qcow2");
                break;
        }

        world.Checks.Happened();
    }

    /// <summary>Everything answers again. What was destroyed or changed stays so.</summary>
    public void Repair()
    {
        world.Room.EndpointReachable = true;
        foreach (var machine in world.Room.Machines)
        {
            world.Room.SetReachability(machine.Namespace, machine.Name, SimulatedReachability.Reachable);
            world.Room.RefuseLogin(machine.Namespace, machine.Name, refuse: false);
        }
    }

    /// <summary>Whether anything is different afterwards. What is only ordered is counted when it happens.</summary>
    private bool HappensNow(FaultKind kind, SimulatedMachine machine) => kind switch
    {
        FaultKind.EndpointDown => world.Room.EndpointReachable,
        FaultKind.MachineRebooted or FaultKind.MachineDestroyed => machine.Exists,
        FaultKind.MachineSwitchedOff => machine.Power == PowerValue.On,
        FaultKind.StaleLook or FaultKind.StepStuck or FaultKind.HalfDone => false,
        _ => true,
    };

    private void CountInjected(SimulatedFaultKind kind) => world.Faults.Count(kind switch
    {
        SimulatedFaultKind.StaleReading => FaultKind.StaleLook,
        SimulatedFaultKind.Stuck => FaultKind.StepStuck,
        SimulatedFaultKind.HalfDone => FaultKind.HalfDone,
        _ => throw new InvalidOperationException($"Nobody orders {kind} here."),
    });

    private void Tamper(string name)
    {
        switch (world.Random.Next(4))
        {
            case 0:
                world.Room.Taint(Kinds.Namespace, name);
                break;
            case 1:
                world.Room.CorruptCurrentImage(Kinds.Namespace, name);
                break;
            case 2:
                world.Room.RemoveCurrentImage(Kinds.Namespace, name);
                break;
            default:
                world.Room.SetImage(Kinds.Namespace, name, Users.Samples.Digest("somebody's"), "somebodys", "somebodys@1");
                break;
        }
    }

    private void Later(Action mend)
    {
        var time = world.Between(1, world.Random.Next(3) == 0 ? 900 : 60);
        _ = MendAsync();

        async Task MendAsync()
        {
            await world.DelayAsync(time);
            mend();
        }
    }
}

using System.Text.Json;
using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Simulated.Machines;
using Provisioning.Simulation.Clusters;
using Provisioning.Simulation.Users;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Simulation.Worlds;

/// <summary>How long a Node takes to go when something that its deletion needs is gone for good.</summary>
internal sealed class Deletions
{
    /// <summary>What is gone, and whether a load is under way then.</summary>
    public static readonly IReadOnlyDictionary<string, (bool Loading, Action<World> Vanish)> Cases = new Dictionary<string, (bool, Action<World>)>(StringComparer.Ordinal)
    {
        ["nothing"] = (true, _ => { }),
        ["login-in-mid-load"] = (true, world => world.Api.Delete(Kinds.Secret, "host-login")),
        ["endpoint-in-mid-load"] = (true, world => world.Room.EndpointReachable = false),
        ["answers-in-mid-load"] = (true, world => world.Faults.EnginesAreSilent = true),
        ["login"] = (false, world => world.Api.Delete(Kinds.Secret, "host-login")),
        ["endpoint"] = (false, world => world.Room.EndpointReachable = false),
        ["answers"] = (false, world => world.Faults.EnginesAreSilent = true),
        ["provisioner-in-mid-load"] = (true, world => world.Api.Delete(Kinds.Provisioner, "p1")),
        ["provisioner"] = (false, world => world.Api.Delete(Kinds.Provisioner, "p1")),
        ["everything-in-mid-load"] = (true, world => DeleteEverything(world)),
        ["everything"] = (false, world => DeleteEverything(world)),
    };

    private static readonly FakeKind Event = FakeKind.BuiltIn.Single(kind => kind.Kind == "Event");

    private readonly World _world = new(new Scenario(0, Nodes: 1, Provisioners: 1, Images: 1, Replicas: 1, Trouble: TimeSpan.Zero), new Random(1));
    private readonly List<string> _said = [];
    private TimeSpan _took;

    /// <summary>Deletes a Node in one of the <see cref="Cases"/>, and tells when it went and what was said.</summary>
    public static string Measure(string name)
    {
        var deletion = new Deletions();
        OneThread.Run(deletion._world.Clock, () => deletion.RunAsync(Cases[name].Loading, Cases[name].Vanish));
        return string.Join('\n', [$"gone={name} seconds={deletion._took.TotalSeconds:0} violation={deletion._world.Violation ?? "none"}", .. deletion._said]);
    }

    private async Task RunAsync(bool loading, Action<World> vanish)
    {
        if (loading)
            _world.Room.Inject(Kinds.Namespace, "n1", SimulatedFaultKind.Stuck, step: "CreateDisk");
        Begin();
        await UntilAsync(node => loading ? node is { Status.Operation: { Kind: OperationKind.Load, Step: "CreateDisk" } } : node is { Status: { LoadedImage.State: LoadState.Loaded, Operation: null } });
        vanish(_world);
        // What was read of a Secret is old by then, and looks are far between.
        var begun = _world.Clock.Elapsed;
        if (_world.Api.Find(Kinds.Node, "n1")?.Entity["metadata"]?["deletionTimestamp"] is null)
        {
            await _world.DelayAsync(loading ? TimeSpan.FromMinutes(1) : TimeSpan.FromMinutes(10));
            begun = _world.Clock.Elapsed;
        }

        _world.Api.Delete(Kinds.Node, "n1");
        await UntilAsync(node =>
        {
            var said = node?.Status?.Conditions.FirstOrDefault(condition => condition.Type == "Ready")?.Message;
            if (node?.Metadata.DeletionTimestamp is not null && said is not null && !_said.Contains($"status: {said}"))
                _said.Add($"status: {said}");
            return node is null;
        });
        _took = _world.Clock.Elapsed - begun;
        await _world.DelayAsync(TimeSpan.FromMinutes(1));
        _said.AddRange(_world.Api.List(Event).Select(stored => JsonDocument.Parse(stored.Json).RootElement).Where(told => told.GetProperty("action").GetString() == "Delete").Select(told => $"event {told.GetProperty("reason")}: {told.GetProperty("note")}"));
        _world.Close();
    }

    /// <summary>As a namespace goes: all at once, in the order of the names of the kinds.</summary>
    private static void DeleteEverything(World world)
    {
        world.Api.Put(Kinds.Capture, Samples.Capture("c1", new() { NodeRef = new() { Name = "n1" }, ImageName = "golden" }));
        foreach (var kind in (ReadOnlySpan<FakeKind>)[Kinds.Capture, Kinds.Image, Kinds.Node, Kinds.Provisioner, Kinds.Secret])
        {
            foreach (var entity in world.Api.List(kind).ToList())
                world.Api.Delete(kind, (string)entity.Entity["metadata"]!["name"]!);
        }
    }

    private void Begin()
    {
        _world.Api.Put(Kinds.Secret, Samples.Secret("host-login", 1));
        _world.Api.Put(Kinds.Provisioner, Samples.Provisioner("p1", new()
        {
            Type = ProvisionerType.Libvirt,
            Libvirt = new() { Address = "10.0.0.8", User = "lab", CredentialsSecretRef = new() { Name = "host-login" }, HostKeys = ["SHA256:1234567890123456789012345678901234567890123"] },
        }));
        _world.Api.Put(Kinds.Image, Samples.Image("i1", "1"));
        _world.Api.Put(Kinds.Node, Samples.Node("n1", new()
        {
            ProvisionerRef = new() { Name = "p1" },
            ImageRef = new() { Name = "i1" },
            PowerState = PowerState.PoweredOn,
            OperatingSystem = new() { Type = OperatingSystemType.None },
            DeletionPolicy = DeletionPolicy.Unload,
        }));
        _world.StartOperator();
    }

    private async Task UntilAsync(Func<Node?, bool> isSo)
    {
        while (!isSo(_world.Api.Find(Kinds.Node, "n1") is { } stored ? JsonSerializer.Deserialize(stored.Json, ApiJsonContext.Default.Node) : null))
        {
            if (_world.Clock.Elapsed > TimeSpan.FromHours(4))
                throw new InvalidOperationException("The Node has not come so far within four hours.");
            await _world.DelayAsync(TimeSpan.FromMilliseconds(500));
        }
    }
}

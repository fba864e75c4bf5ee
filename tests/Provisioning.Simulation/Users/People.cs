using System.Text.Json;
using System.Text.Json.Nodes;
using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Simulation.Clusters;
using Provisioning.Simulation.Worlds;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Simulation.Users;

/// <summary>People who change, delete and create objects whenever they like, and in the end put right what stands in the way.</summary>
internal sealed class People(World world)
{
    private static readonly FaultKind[] All =
    [
        FaultKind.NodeChanged, FaultKind.NodeChanged, FaultKind.NodeChanged, FaultKind.NodeDeleted, FaultKind.NodeCreated, FaultKind.NodeCreated, FaultKind.TokenSet, FaultKind.TokenSet,
        FaultKind.ImageReplaced, FaultKind.ImageDeleted, FaultKind.ProvisionerChanged, FaultKind.ProvisionerDeleted, FaultKind.SecretChanged, FaultKind.SecretDeleted,
        FaultKind.CaptureCreated, FaultKind.CaptureCreated, FaultKind.CaptureDeleted,
    ];

    private static readonly FaultKind[] AllWithMoves = [.. All, FaultKind.NodeMoved];

    private readonly Random _random = world.Random;
    private int _number;

    /// <summary>How often people have changed something other than Nodes.</summary>
    public int Changes { get; private set; }

    public void Begin()
    {
        world.Api.Put(Kinds.Secret, Samples.Secret("login", ++_number));
        for (var i = 1; i <= world.Scenario.Provisioners; i++)
            world.Api.Put(Kinds.Provisioner, Samples.Provisioner($"p{i}", NewProvisioner()));
        for (var i = 1; i <= world.Scenario.Images; i++)
            world.Api.Put(Kinds.Image, Samples.Image($"i{i}", "1", Deletion()));
        for (var i = 1; i <= world.Scenario.Nodes; i++)
            world.Api.Put(Kinds.Node, Samples.Node($"n{i}", NewNode()));
    }

    public void Act()
    {
        var kinds = world.Scenario.MovesMachines ? AllWithMoves : All;
        var kind = kinds[_random.Next(kinds.Length)];
        var what = Act(kind);
        if (what is null)
            return;
        if (kind is not (FaultKind.NodeChanged or FaultKind.NodeMoved or FaultKind.NodeDeleted or FaultKind.NodeCreated or FaultKind.TokenSet))
            Changes++;
        world.Faults.Count(kind);
        world.Trace.Add("people", $"{kind} {what}");
    }

    /// <summary>Puts right whatever makes a Node wait for a person, and stops anything new.</summary>
    public void Repair()
    {
        world.Trace.Add("people", "put things right");
        Changes++;
        world.Machines.Repair();
        world.Api.Put(Kinds.Secret, Samples.Secret("login", ++_number));
        for (var i = 1; i <= world.Scenario.Provisioners; i++)
        {
            if (world.Api.Find(Kinds.Provisioner, $"p{i}") is null)
                world.Api.Put(Kinds.Provisioner, Samples.Provisioner($"p{i}", NewProvisioner()));
        }

        for (var i = 1; i <= world.Scenario.Images; i++)
        {
            var image = world.Api.Find(Kinds.Image, $"i{i}")?.Entity;
            if (image is null)
                world.Api.Put(Kinds.Image, image = Samples.Image($"i{i}", "1", Deletion()));
            world.Room.PutImageFile(Kinds.Namespace, $"i{i}.qcow2", (string)image["spec"]!["digest"]!, 1 << 30);
        }
    }

    private string? Act(FaultKind kind)
    {
        var node = $"n{_random.Next(1, world.Scenario.Nodes + 1)}";
        var image = $"i{_random.Next(1, world.Scenario.Images + 1)}";
        var provisioner = $"p{_random.Next(1, world.Scenario.Provisioners + 1)}";
        switch (kind)
        {
            case FaultKind.NodeChanged:
                return Edit(node, Change);
            case FaultKind.NodeMoved:
                return Edit(node, spec => spec.MachineName = NewMachine());
            case FaultKind.NodeDeleted:
                return Delete(Kinds.Node, node);
            case FaultKind.NodeCreated:
                return world.Api.Find(Kinds.Node, node) is null ? Put(Kinds.Node, Samples.Node(node, NewNode())) : null;
            case FaultKind.TokenSet:
                return Edit(node, SetToken);
            case FaultKind.ImageReplaced:
                world.Api.Delete(Kinds.Image, image);
                if (world.Api.Find(Kinds.Image, image) is not null)
                    return null;
                var replaced = Samples.Image(image, $"{++_number}", Deletion());
                world.Room.PutImageFile(Kinds.Namespace, $"{image}.qcow2", (string)replaced["spec"]!["digest"]!, 1 << 30);
                return Put(Kinds.Image, replaced);
            case FaultKind.ImageDeleted:
                return Delete(Kinds.Image, _random.Next(2) == 0 ? image : $"golden{_random.Next(_number + 1)}");
            case FaultKind.ProvisionerChanged:
                return Put(Kinds.Provisioner, Samples.Provisioner(provisioner, NewProvisioner()));
            case FaultKind.ProvisionerDeleted:
                return Delete(Kinds.Provisioner, provisioner);
            case FaultKind.SecretChanged:
                return Put(Kinds.Secret, Samples.Secret("login", ++_number));
            case FaultKind.SecretDeleted:
                return Delete(Kinds.Secret, "login");
            case FaultKind.CaptureCreated:
                return Put(Kinds.Capture, Samples.Capture($"c{++_number}", NewCapture(node)));
            case FaultKind.CaptureDeleted:
                return Delete(Kinds.Capture, $"c{_random.Next(_number + 1)}");
            default:
                throw new InvalidOperationException($"People do not do {kind}.");
        }
    }

    private void Change(NodeSpec spec)
    {
        switch (_random.Next(8))
        {
            case 0 or 1 or 2:
                spec.ImageRef = NewImageRef();
                break;
            case 3 or 4:
                spec.PowerState = NewPowerState();
                break;
            case 5:
                spec.ManagementPolicy = _random.Next(4) switch { 0 => ManagementPolicy.Observe, 1 => ManagementPolicy.Paused, _ => ManagementPolicy.Manage };
                break;
            case 6:
                spec.ProvisionerRef = new() { Name = $"p{_random.Next(1, world.Scenario.Provisioners + 1)}" };
                break;
            default:
                spec.DeletionPolicy = (DeletionPolicy)_random.Next(3);
                break;
        }
    }

    private void SetToken(NodeSpec spec)
    {
        if (_random.Next(2) == 0)
            spec.PowerResetToken = $"t{++_number}";
        else
            spec.ReloadToken = $"t{++_number}";
    }

    private NodeSpec NewNode() => new()
    {
        ProvisionerRef = new() { Name = $"p{_random.Next(1, world.Scenario.Provisioners + 1)}" },
        ImageRef = NewImageRef(),
        PowerState = NewPowerState(),
        DeletionPolicy = (DeletionPolicy)_random.Next(3),
        OperatingSystem = _random.Next(4) == 0
            ? new()
            : new() { Type = OperatingSystemType.Linux, Address = "10.0.0.7", CredentialsSecretRef = new() { Name = "login" } },
    };

    /// <summary>Its own, one that no Node has by its name, or that of another Node.</summary>
    private string? NewMachine() => _random.Next(4) switch
    {
        0 => null,
        1 => $"n{_random.Next(1, world.Scenario.Nodes + 1)}",
        _ => $"m{_random.Next(1, 3)}",
    };

    private LocalReference? NewImageRef() => _random.Next(6) == 0 ? null : new() { Name = $"i{_random.Next(1, world.Scenario.Images + 1)}" };

    private PowerState? NewPowerState() => _random.Next(4) switch { 0 => PowerState.PoweredOff, 1 => PowerState.PoweredOn, _ => null };

    private ImageDeletionPolicy Deletion() => _random.Next(3) == 0 ? ImageDeletionPolicy.Delete : ImageDeletionPolicy.Retain;

    private ProvisionerSpec NewProvisioner() => new()
    {
        Type = ProvisionerType.Simulated,
        Simulated = new() { LoadSeconds = Duration(200), CaptureSeconds = Duration(200), PowerSeconds = Duration(40) },
        Limits = new() { ConcurrentOperations = _random.Next(1, 4), Attempts = _random.Next(2, 6) },
        Timeouts = new() { LoadSeconds = 900, CaptureSeconds = 900, PowerSeconds = 600, NoProgressSeconds = 240, SoftPowerOffSeconds = 30, BootSeconds = 120, ObserveSeconds = _random.Next(30, 300) },
    };

    private ImageCaptureSpec NewCapture(string node) => new()
    {
        NodeRef = new() { Name = node },
        ImageName = $"golden{_random.Next(_number + 1)}",
        Preparation = _random.Next(3) == 0 ? CapturePreparation.None : CapturePreparation.OperatingSystem,
        EndState = _random.Next(3) == 0 ? CaptureEndState.PoweredOff : CaptureEndState.AsDeclared,
        UncleanShutdown = _random.Next(3) == 0 ? UncleanShutdownPolicy.Fail : UncleanShutdownPolicy.Force,
        ImageDeletionPolicy = Deletion(),
    };

    private int Duration(int most) => _random.Next(4) == 0 ? 0 : _random.Next(1, most);

    private string? Edit(string node, Action<NodeSpec> change)
    {
        if (world.Api.Find(Kinds.Node, node) is not { } json)
            return null;
        var typed = JsonSerializer.Deserialize(json.Json, ApiJsonContext.Default.Node)!;
        change(typed.Spec);
        return Put(Kinds.Node, Samples.Node(node, typed.Spec));
    }

    private string Put(FakeKind kind, JsonObject entity)
    {
        world.Api.Put(kind, entity);
        return $"{entity["metadata"]!["name"]} {(kind == Kinds.Secret ? "" : entity["spec"]!.ToJsonString())}";
    }

    private string? Delete(FakeKind kind, string name)
    {
        if (world.Api.Find(kind, name) is null)
            return null;
        world.Api.Delete(kind, name);
        return name;
    }
}

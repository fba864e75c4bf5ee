using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Api.Machines;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Conformance;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Simulated.Machines;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Simulated.Tests;

/// <summary>A room under a virtual clock, and operations on its machines.</summary>
internal sealed partial class Bench
{
    public const string Namespace = "lab";

    private readonly Dictionary<string, long> sequences = [];
    private readonly Dictionary<string, OperationContext> kept = [];

    public Bench(SimulatedSpec? spec = null, int seed = 0)
    {
        Spec = spec ?? Instant();
        Room = new(Clock, seed, 100_000);
    }

    public FakeTimeProvider Clock { get; } = new(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public SimulatedMachineRoom Room { get; }

    public SimulatedSpec Spec { get; }

    public ProvisionerTimeouts Timeouts { get; } = new();

    public OperatingSystemType System { get; init; } = OperatingSystemType.Linux;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static SimulatedSpec Instant(params SimulatedFault[] faults) => new() { LoadSeconds = 0, CaptureSeconds = 0, PowerSeconds = 0, Faults = [.. faults] };

    public static SimulatedSpec Timed(params SimulatedFault[] faults) => new() { LoadSeconds = 100, CaptureSeconds = 100, PowerSeconds = 10, Faults = [.. faults] };

    public static ImageTarget ImageOf(string name) => new()
    {
        Name = name,
        Revision = "1",
        Digest = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name))),
        Format = ImageFormat.Qcow2,
        FileName = $"{name}.qcow2",
    };

    public static ImageTarget ImageOf(CaptureTarget capture, CapturedImage captured) => new()
    {
        Name = capture.ImageName,
        Revision = capture.Revision,
        Digest = captured.Digest,
        Format = captured.Format,
        FileName = captured.FileName,
    };

    public IProvisioningEngine NewEngine() => new SimulatedEngineFactory(Room, Clock).Create(new()
    {
        Namespace = Namespace,
        Name = "simulated",
        Spec = new() { Type = ProvisionerType.Simulated, Simulated = Spec },
    });

    public NodeTarget Node(string name) => new()
    {
        Namespace = Namespace,
        Name = name,
        Uid = "uid-" + name,
        Spec = new() { ImageRef = new LocalReference { Name = "base" }, OperatingSystem = new() { Type = System, Address = "10.0.0.1" } },
    };

    public Task PassAsync(TimeSpan time)
    {
        Clock.Advance(time);
        return Task.CompletedTask;
    }

    public IReadOnlyList<string> EffectsOf(OperationContext operation) =>
        [.. Room.Effects.Where(effect => effect.OperationId == operation.Operation.Id).Select(effect => effect.Step)];

    public OperationContext Operation(NodeTarget node, OperationKind kind, ImageTarget? image = null) => Operation(node, kind, image, null);

    public OperationContext Operation(NodeTarget node, OperationKind kind, ImageTarget? image, CaptureTarget? capture)
    {
        var sequence = sequences[node.Name] = sequences.GetValueOrDefault(node.Name) + 1;
        return new()
        {
            Node = node,
            Operation = new() { Id = $"{node.Name}-{sequence}", Kind = kind, Sequence = sequence, StartedTime = Clock.GetUtcNow() },
            Image = image ?? (kind == OperationKind.Load ? ImageOf("base") : null),
            Capture = capture ?? (kind == OperationKind.Capture ? Capture() : null),
            Timeouts = Timeouts,
        };
    }

    public static CaptureTarget Capture(CapturePreparation preparation = CapturePreparation.OperatingSystem, UncleanShutdownPolicy unclean = UncleanShutdownPolicy.Force) =>
        new() { ImageName = "golden", Revision = "7", Preparation = preparation, UncleanShutdown = unclean };

    public Task<OperationOutcome> RunAsync(OperationContext operation, IProvisioningEngine? engine = null) =>
        DriverOf(operation).RunAsync(Copy(operation), engine ?? NewEngine());

    /// <summary>One call of the verb on a new engine, with all that earlier outcomes asked to be kept.</summary>
    public async Task<OperationOutcome> CallAsync(OperationContext operation)
    {
        if (!kept.TryGetValue(operation.Operation.Id, out var latest))
            latest = Copy(operation);
        var outcome = await NewEngine().CallAsync(latest, Cancel);
        kept[operation.Operation.Id] = await DriverOf(operation).RecordAsync(latest, outcome);
        return outcome;
    }

    public SimulatedMachine Machine(string name = "m") => Room.Machine(Namespace, name);

    /// <summary>A Node with its machine loaded and on.</summary>
    public async Task<NodeTarget> LoadedAsync(string name = "m")
    {
        var node = Node(name);
        var outcome = await RunAsync(Operation(node, OperationKind.Load));
        Assert.Equal(OperationPhase.Succeeded, outcome.Phase);
        return node;
    }

    private Driver DriverOf(OperationContext operation) => new(operation.Node) { Pass = PassAsync, Now = Clock.GetUtcNow };

    private static OperationContext Copy(OperationContext operation) => operation with { Operation = operation.Operation with { Values = [.. operation.Operation.Values] } };
}

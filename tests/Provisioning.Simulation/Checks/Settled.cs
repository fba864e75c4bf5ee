using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Api.Machines;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;
using Provisioning.Engines.Simulated.Machines;
using Provisioning.Simulation.Clusters;
using Provisioning.Simulation.Worlds;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Simulation.Checks;

/// <summary>What must come to be once nothing goes wrong any more: each object is as declared, or says truly what it waits for.</summary>
internal sealed class Settled(World world)
{
    /// <summary>Objects that are not settled, and why.</summary>
    public IReadOnlyList<string> Open()
    {
        var held = HeldProvisioners();
        return
        [
            .. world.Checks.Nodes.Values.Select(node => Describe("Node", Node(node, held), node.Metadata.Name)).OfType<string>(),
            .. Read(Kinds.Capture, ApiJsonContext.Default.ImageCapture).Select(capture => Describe("ImageCapture", Capture(capture, held), capture.Metadata.Name)).OfType<string>(),
            .. Read(Kinds.Image, ApiJsonContext.Default.Image).Select(image => Describe("Image", Image(image), image.Metadata.Name)).OfType<string>(),
            .. Read(Kinds.Provisioner, ApiJsonContext.Default.Provisioner).Select(provisioner => Describe("Provisioner", NotReady(provisioner.Status?.Conditions), provisioner.Metadata.Name)).OfType<string>(),
            .. world.Room.PartialImageFiles(Kinds.Namespace).Where(file => !IsOfHeldOperation(file) && !WasToldAsLeftBehind(file)).Select(file => $"{file} is left half made"),
        ];
    }

    private IEnumerable<T> Read<T>(FakeKind kind, JsonTypeInfo<T> type) => world.Api.List(kind).Select(stored => JsonSerializer.Deserialize(stored.Json, type)!);

    private static string? Image(Image image) => image.Metadata.DeletionTimestamp is not null ? "is still being deleted" : NotReady(image.Status?.Conditions);

    private static string? NotReady(IList<Condition>? conditions) =>
        Condition(conditions, "Ready") is var ready && ready?.Status != ConditionStatus.True ? $"is not Ready: {ready?.Reason} {ready?.Message}" : null;

    /// <summary>Where an operation keeps its place because its Node is paused or only observed.</summary>
    private HashSet<string> HeldProvisioners() =>
    [
        .. world.Checks.Nodes.Values
            .Where(node => node.Status is { Operation: not null } && node.Spec.ManagementPolicy != ManagementPolicy.Manage)
            .Select(node => node.Status!.Provisioner ?? node.Spec.ProvisionerRef.Name),
    ];

    private static string? Describe(string kind, string? problem, string name) => problem is null ? null : $"{kind} {name} {problem}";

    private bool IsOfHeldOperation(string file) => world.Checks.Nodes.Values.Any(node => node.Status?.Operation is { } operation && file.Contains(operation.Id, StringComparison.Ordinal));

    /// <summary>A Node may go although its Provisioner is gone or silent, and says in the log what stays.</summary>
    private bool WasToldAsLeftBehind(string file) => world.Trace.Lines.Any(line =>
        line.Contains("was left behind", StringComparison.Ordinal) && file.Split('.') is [.., var operation, "partial"] && line.Contains(operation, StringComparison.Ordinal));

    private string? Node(Node node, HashSet<string> held)
    {
        if (node.Metadata.DeletionTimestamp is not null)
            return "is still being deleted";
        if (node.Status is not { } status || status.ObservedGeneration != node.Metadata.Generation)
            return $"was not looked at since its generation {node.Metadata.Generation}";
        var ready = Condition(status.Conditions, "Ready");
        if (node.Spec.ManagementPolicy == ManagementPolicy.Paused)
            return Condition(status.Conditions, "Paused")?.Status == ConditionStatus.True ? null : "does not say that it is paused";
        if (status.Operation is not null)
            return node.Spec.ManagementPolicy == ManagementPolicy.Observe ? null : $"has the operation {status.Operation.Kind} {status.Operation.Step} {status.Operation.Message}";
        if (ready?.Status == ConditionStatus.True)
            return NotAsDeclared(node, MachineOf(node));
        if (Condition(status.Conditions, "Stalled") is { Status: ConditionStatus.True } stalled)
            return Truth.Objection(world, node, stalled) is { } objection ? $"is Stalled with {stalled.Reason} ({stalled.Message}), and {objection}" : null;
        // Whose operation is held, because it is only observed or paused, keeps its place.
        if (ready?.Reason == Reasons.Queued && status.Queue is not null && held.Contains(node.Spec.ProvisionerRef.Name))
            return null;
        return StaysUnknown(node) ? null : $"is neither Ready nor Stalled: {ready?.Reason} {ready?.Message}";
    }

    /// <summary>Whether nothing but a person can tell what is on the machine, and so whatever waits for it, captures too, waits for that person.</summary>
    private bool StaysUnknown(Node node) => IsSpoilt(node) || IsHalfLoadedForSomebodyElse(node);

    /// <summary>Whoever deletes a Node in mid-load and creates it again takes the record of the load away: the machine does not boot, and it stays unknown whether its disk may be written.</summary>
    private bool IsHalfLoadedForSomebodyElse(Node node) =>
        Condition(node.Status?.Conditions, "Ready") is { Status: ConditionStatus.Unknown, Reason: Reasons.SshUnreachable }
        && node.Status is { LoadedImage: null }
        && MachineOf(node).Disk is { HalfDone: true };

    /// <summary>What a machine says of itself is in a file that a person spoilt: it stays unknown, as it truly is, until a person mends it.</summary>
    private bool IsSpoilt(Node node) =>
        Condition(node.Status?.Conditions, "Ready") is { Status: ConditionStatus.Unknown, Reason: Reasons.CurrentImageUnreadable } && MachineOf(node).CurrentImage is { Corrupt: true };

    private static string? NotAsDeclared(Node node, SimulatedMachine machine)
    {
        if (node.Spec.PowerState == PowerState.PoweredOff)
            return machine.Power == PowerValue.Off ? null : "is Ready, and its machine is on";
        if (node.Spec.PowerState == PowerState.PoweredOn && machine.Power != PowerValue.On)
            return "is Ready, and its machine is off";
        if (node.Spec.ImageRef is null)
            return null;
        if (machine.Disk is null or { HalfDone: true })
            return "is Ready, and its machine has no whole disk";
        return node.Status!.LoadedImage is { Digest: { Length: > 0 } digest } && digest != machine.Disk.Digest ? "is Ready, and another image is on the disk" : null;
    }

    private string? Capture(ImageCapture capture, HashSet<string> held)
    {
        if (capture.Metadata.DeletionTimestamp is not null)
            return "is still being deleted";
        if (capture.Status?.FinishedTime is not null)
        {
            var end = Condition(capture.Status.Conditions, "Ready");
            return Truth.Objection(world, capture, end) is { } objection ? $"ended with {end?.Reason} ({end?.Message}), and {objection}" : null;
        }

        if (world.Api.Find(Kinds.Image, capture.Spec.ImageName) is not null || !world.Checks.Nodes.TryGetValue(capture.Spec.NodeRef.Name, out var node))
            return null;
        var isHeld = node.Spec.ManagementPolicy != ManagementPolicy.Manage || Condition(node.Status?.Conditions, "Stalled")?.Status == ConditionStatus.True
            || (Condition(node.Status?.Conditions, "Ready")?.Reason == Reasons.Queued && held.Contains(node.Spec.ProvisionerRef.Name));
        return isHeld || StaysUnknown(node) ? null : $"is not finished: {capture.Status?.Step} {Condition(capture.Status?.Conditions, "Ready")?.Message}";
    }

    private SimulatedMachine MachineOf(Node node) => world.Room.Machine(Kinds.Namespace, NodeSituation.DeclaredMachineOf(node));

    private static Condition? Condition(IList<Condition>? conditions, string type) => conditions?.FirstOrDefault(condition => condition.Type == type);
}

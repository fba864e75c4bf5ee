using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;

namespace Provisioning.Simulation.Checks;

/// <summary>Whether there is reason enough to switch a machine on or off: somebody wants it, and it was seen not to be so. Written anew, not with the rules of the operator.</summary>
internal sealed class PowerEvidence
{
    /// <summary>Nodes (by uid) whose power nobody manages, and whose machine was on when a capture began that leaves machines as it found them.</summary>
    private readonly HashSet<string> _wereOn = new(StringComparer.Ordinal);

    /// <summary>Gives what speaks against it; null if nothing does.</summary>
    public string? Objection(Node node, NodeStatus? before, OperationStatus operation, Observation seen) => operation.Kind switch
    {
        OperationKind.PowerOff when seen.Power.Value != PowerValue.On => "the machine was not seen to be on",
        OperationKind.PowerOff when !IsToBeOff(node.Spec, node.Metadata.DeletionTimestamp is not null) => "nobody wants it off",
        OperationKind.PowerOn when seen.Power.Value != PowerValue.Off => "the machine was not seen to be off",
        OperationKind.PowerOn when !seen.Exists.IsYes => "the machine was not seen to exist",
        OperationKind.PowerOn when node.Metadata.DeletionTimestamp is not null || !IsToBeOn(node, before) => "nobody wants it on",
        _ => null,
    };

    /// <summary>A capture begins that leaves the machine as it was, or one that leaves it off.</summary>
    public void CaptureBegins(Node node, Observation seen, bool restoresPower)
    {
        if (!restoresPower || node.Spec.PowerState is not null)
            _wereOn.Remove(node.Metadata.Uid!);
        else if (seen.Power.Value == PowerValue.On)
            _wereOn.Add(node.Metadata.Uid!);
    }

    /// <summary>An operation of a Node has ended.</summary>
    public void Ended(Node node, OperationRecord record)
    {
        if (record is { Phase: OperationPhase.Succeeded, Kind: OperationKind.PowerOn or OperationKind.Load })
            _wereOn.Remove(node.Metadata.Uid!);
    }

    private static bool IsToBeOff(NodeSpec spec, bool isDeleted) => isDeleted ? spec.DeletionPolicy == DeletionPolicy.PowerOff : spec.PowerState == PowerState.PoweredOff;

    private bool IsToBeOn(Node node, NodeStatus? before) => node.Spec.PowerState switch
    {
        PowerState.PoweredOn => true,
        PowerState.PoweredOff => false,

        // What nobody has seen yet, only the machine itself can tell.
        _ => _wereOn.Contains(node.Metadata.Uid!) || ((before?.LoadedImage is null || IsOfAnother(node, before)) && node.Spec.ImageRef is not null && node.Spec.OperatingSystem.Type != OperatingSystemType.None),
    };

    /// <summary>What is recorded of another machine, or of one at another Provisioner, says nothing.</summary>
    private static bool IsOfAnother(Node node, NodeStatus recorded) =>
        recorded.Provisioner != node.Spec.ProvisionerRef.Name || (recorded.Machine is { } machine && machine != (node.Spec.MachineName ?? node.Metadata.Name));
}

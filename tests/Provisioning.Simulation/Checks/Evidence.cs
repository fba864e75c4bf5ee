using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;

namespace Provisioning.Simulation.Checks;

/// <summary>Whether what was seen of a machine is reason enough for what is begun on it. Written anew, not with the rules of the operator.</summary>
internal static class Evidence
{
    /// <summary>Gives what speaks against it; null if nothing does.</summary>
    public static string? Objection(Node node, NodeStatus? before, OperationStatus operation, Observation seen)
    {
        if (operation.Kind is OperationKind.Load or OperationKind.Unload or OperationKind.Capture && seen.Exists.IsUnknown)
            return $"it could not be told whether the machine exists ({seen.Exists.Reason})";
        if (operation.Kind == OperationKind.PowerReset && seen.Power.Value != PowerValue.On)
            return "the machine was not seen to be on";
        if (operation.Kind == OperationKind.PowerReset && node.Spec.PowerResetToken == before?.HandledPowerResetToken)
            return $"the token {node.Spec.PowerResetToken} has been handled";
        if (operation.Kind == OperationKind.Unload && (node.Metadata.DeletionTimestamp is null || node.Spec.DeletionPolicy != DeletionPolicy.Unload))
            return "nobody has asked for it";
        if (operation.Kind == OperationKind.PowerReset && (operation.Target != node.Spec.PowerResetToken || node.Spec.PowerState == PowerState.PoweredOff || node.Metadata.DeletionTimestamp is not null))
            return $"nobody asks for the reset {operation.Target}";
        if (operation.Kind == OperationKind.PostLoad && (node.Spec.ImageRef?.Name != operation.Target || node.Spec.PowerState == PowerState.PoweredOff))
            return $"nobody wants {operation.Target} to run there";
        return operation.Kind == OperationKind.Load ? AgainstLoad(node, before, operation, seen) : null;
    }

    private static string? AgainstLoad(Node node, NodeStatus? before, OperationStatus operation, Observation seen)
    {
        if (node.Spec.ImageRef?.Name != operation.Target)
            return $"the image {operation.Target} is not asked for";
        if (node.Spec.PowerState == PowerState.PoweredOff)
            return "the machine is to be off";
        var isAskedFor = node.Spec.ReloadToken is { } token && token != before?.HandledReloadToken && before is not null;
        if (isAskedFor || seen.Exists.IsNo)
            return null;
        // What is recorded of a machine at another Provisioner says nothing about the one at this, and what is recorded of one machine nothing about another.
        var isOfAnother = (before?.Provisioner is { } recordedAt && recordedAt != node.Spec.ProvisionerRef.Name) || (before?.Machine is { } recordedOf && recordedOf != (node.Spec.MachineName ?? node.Metadata.Name));
        var loaded = isOfAnother ? null : before?.LoadedImage;

        // The end of a load that failed may be told by the same write.
        if (loaded is { State: LoadState.Loading } || (!isOfAnother && before?.Operation is { Kind: OperationKind.Load }))
            return null;
        if (loaded is not null && loaded.Digest.Length > 0 && loaded.Digest != operation.TargetDigest)
            return null;
        if (loaded is null && seen.EngineImage is { Length: > 0 } engineImage && engineImage != operation.TargetDigest)
            return null;

        // Everything else must have been told by the machine itself.
        return seen.Ssh.IsYes && (seen.Tainted.IsYes || (loaded is null && seen.CurrentImage.Found != FactValue.Unknown) || loaded?.Digest.Length == 0)
            ? null
            : $"nothing that was seen says that another image is on the machine (SSH {seen.Ssh.Value} {seen.Ssh.Reason}, disk {seen.EngineImage}, recorded {loaded?.Name} {loaded?.State})";
    }
}

using Provisioning.Api.Nodes;
using Provisioning.Engines.Libvirt.Machines;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Libvirt.Guests;

/// <summary>Which SSH host keys a machine may show, and when. Pure.</summary>
/// <param name="HostKeys">The accepted keys.</param>
/// <param name="TrustAny">Whether whatever is shown is accepted, once, because the spec says so.</param>
internal sealed record GuestTrust(IReadOnlyList<string> HostKeys, bool TrustAny = false)
{
    /// <summary>The value that a load records once the machine's own keys are recorded on the Node.</summary>
    public const string OwnKeysRecorded = "hostKeysRecorded";

    /// <summary>Where a person lists the accepted keys, by the policy of the Node.</summary>
    public static string Field(NodeTarget node)
    {
        var field = $"spec.operatingSystem.hostKeys of the Node {node.Name}";
        return node.Spec.OperatingSystem.HostKeyPolicy switch
        {
            HostKeyPolicy.Pinned => field,
            HostKeyPolicy.FromImage => $"{field} (with hostKeyPolicy Pinned), or in spec.sshHostKeys of the Image if it is the image's key",
            _ => $"{field} (with hostKeyPolicy Pinned)",
        };
    }

    /// <summary>A Node that was deleted and created again has lost which keys its machine shows; the VM host has not.</summary>
    /// <param name="node">The Node.</param>
    /// <param name="record">What the VM host remembers of the disk in use; null if it does not, or of another disk.</param>
    public static NodeTarget Recall(NodeTarget node, MachineRecord? record) =>
        node.Spec.OperatingSystem.HostKeyPolicy != HostKeyPolicy.Pinned && node.SshHostKeys.Count == 0 && record is { HostKeys.Count: > 0 }
            ? node with { SshHostKeys = [.. record.HostKeys] }
            : node;

    /// <summary>For a machine that is not being loaded.</summary>
    public static GuestTrust AtRest(NodeTarget node)
    {
        var system = node.Spec.OperatingSystem;
        if (system.HostKeyPolicy == HostKeyPolicy.Pinned)
            return new([.. system.HostKeys]);
        if (node.SshHostKeys.Count > 0)
            return new(node.SshHostKeys);
        // A machine that was not loaded by us has, at best, the keys of its image.
        return new(system.HostKeyPolicy == HostKeyPolicy.FromImage ? node.DesiredImage?.SshHostKeys ?? [] : []);
    }

    /// <summary>For a machine that is being loaded: the keys recorded before belong to the disk that is gone.</summary>
    public static GuestTrust DuringLoad(OperationContext operation)
    {
        var system = operation.Node.Spec.OperatingSystem;
        if (system.HostKeyPolicy == HostKeyPolicy.Pinned)
            return new([.. system.HostKeys]);
        if (operation.Value(OwnKeysRecorded) is not null)
            return new(operation.Node.SshHostKeys);
        return system.HostKeyPolicy == HostKeyPolicy.TrustAfterLoad ? new([], TrustAny: true) : new(operation.Image?.SshHostKeys ?? []);
    }
}

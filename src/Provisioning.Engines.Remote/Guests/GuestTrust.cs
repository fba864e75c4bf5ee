using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Remote.Guests;

/// <summary>Which SSH host keys a machine may show, and when. Pure.</summary>
/// <param name="HostKeys">The accepted keys.</param>
/// <param name="TrustAny">Whether whatever is shown is accepted, once, because the spec says so.</param>
public sealed record GuestTrust(IReadOnlyList<string> HostKeys, bool TrustAny = false)
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

    /// <summary>A Node that was deleted and created again has lost which keys its machine shows; its host may not have.</summary>
    /// <param name="node">The Node.</param>
    /// <param name="remembered">What the host remembers of the disk in use; empty if it does not, or of another disk.</param>
    public static NodeTarget Recall(NodeTarget node, IReadOnlyList<string> remembered) =>
        node.Spec.OperatingSystem.HostKeyPolicy != HostKeyPolicy.Pinned && node.SshHostKeys.Count == 0 && remembered.Count > 0
            ? node with { SshHostKeys = remembered }
            : node;

    /// <summary>Refused logins are counted for each load apart: another disk may accept what the old one refused.</summary>
    public static string ScopeAtRest(NodeTarget node) => node.LoadedImage?.OperationId ?? "";

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

using Provisioning.Api.Nodes;
using Provisioning.Engines.Targets;

namespace Provisioning.OperatingSystems;

/// <summary>What a machine is told about the image that it is to be captured into.</summary>
public sealed record CaptureIdentity
{
    /// <summary>Name of the Image to make.</summary>
    public required string ImageName { get; init; }

    /// <summary>Revision id of the Image to make, "name@revision".</summary>
    public required string RevisionId { get; init; }

    /// <summary>The capture operation. Hooks run once for it, however often the call is repeated.</summary>
    public required string OperationId { get; init; }

    /// <summary>Namespace of the Node.</summary>
    public required string NodeNamespace { get; init; }

    /// <summary>Name of the Node.</summary>
    public required string NodeName { get; init; }

    /// <summary>When the capture began. The same in every call for one operation.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Hooks of the Node; those of other stages are passed over.</summary>
    public IReadOnlyList<HookTarget> Hooks { get; init; } = [];

    /// <summary>The Node's policies for steps.</summary>
    public IReadOnlyList<StepPolicySpec> StepPolicies { get; init; } = [];
}

/// <summary>What a machine is told about the image that was loaded on it, and about itself.</summary>
public sealed record LoadIdentity
{
    /// <summary>Name of the Image.</summary>
    public required string ImageName { get; init; }

    /// <summary>Revision id of the Image, "name@revision".</summary>
    public required string RevisionId { get; init; }

    /// <summary>Digest of the Image; empty if not known.</summary>
    public required string Digest { get; init; }

    /// <summary>The operation under way, a load or a post-load. Hooks run once for it, however often the call is repeated.</summary>
    public required string OperationId { get; init; }

    /// <summary>
    /// The load that put the image on the disk: the same as <see cref="OperationId"/> in a load, the recorded one in a post-load. Host keys and machine-id are
    /// made anew once for it. Empty for an adopted machine, whose host keys and machine-id are left alone.
    /// </summary>
    public required string LoadOperationId { get; init; }

    /// <summary>Namespace of the Node.</summary>
    public required string NodeNamespace { get; init; }

    /// <summary>Name of the Node.</summary>
    public required string NodeName { get; init; }

    /// <summary>Host name to give the machine, a DNS name; empty leaves the one that it has.</summary>
    public required string Hostname { get; init; }

    /// <summary>When the operation began. The same in every call for one operation.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>
    /// SSH host keys that are durably recorded as accepted for this machine. New ones are put in place only when all of them are in this list, so that the
    /// machine never shows a key that nobody would trust after a crash.
    /// </summary>
    public required IReadOnlyList<string> RecordedHostKeys { get; init; }

    /// <summary>Leaves the host keys of the image: for a Node whose spec pins them.</summary>
    public bool KeepHostKeys { get; init; }

    /// <summary>Hooks of the Node; those of other stages are passed over.</summary>
    public IReadOnlyList<HookTarget> Hooks { get; init; } = [];

    /// <summary>The Node's policies for steps.</summary>
    public IReadOnlyList<StepPolicySpec> StepPolicies { get; init; } = [];
}

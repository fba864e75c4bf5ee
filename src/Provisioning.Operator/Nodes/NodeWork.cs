using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;
using Provisioning.Engines.Targets;
using Provisioning.Kubernetes;
using Provisioning.Operator.Engines;

namespace Provisioning.Operator.Nodes;

/// <summary>One reconcile of a Node: what was gathered, and what the engine is called with.</summary>
internal sealed record NodeWork : IAsyncDisposable
{
    /// <summary>The object as the API server last returned it; status is compared with it before it is written.</summary>
    public required Node Stored { get; init; }

    /// <summary>What decisions are made from. Its Node may carry a status that is not written yet.</summary>
    public required NodeSituation Situation { get; init; }

    /// <summary>The engine; null if there is none to be had.</summary>
    public EngineLease? Engine { get; init; }

    /// <summary>The Node as engines take it.</summary>
    public required NodeTarget Target { get; init; }

    /// <summary>The desired Image.</summary>
    public Image? Image { get; init; }

    /// <summary>The capture that waits for, or runs on, the Node.</summary>
    public ImageCapture? Capture { get; init; }

    /// <summary>The captures that wait behind it, oldest first.</summary>
    public IReadOnlyList<ImageCapture> LaterCaptures { get; init; } = [];

    /// <summary>What has happened and is told with the next write.</summary>
    public IReadOnlyList<NodeEvent> Untold { get; init; } = [];

    /// <summary>Identity of the Node.</summary>
    public NamespacedName Key => new(Target.Namespace, Target.Name);

    /// <summary>Name of the Provisioner that was gathered: that of the operation under way, otherwise the one that the spec names.</summary>
    public required string ProvisionerName { get; init; }

    /// <summary>Identity of the Provisioner that was gathered.</summary>
    public NamespacedName ProvisionerKey => new(Target.Namespace, ProvisionerName);

    /// <summary>Whether an operation has ended at a Provisioner or at a machine that is no longer the Node's, so that the engine and the target at hand are the wrong ones for what follows.</summary>
    public bool HasMoved => Situation.Status.Operation is null
        && (ProvisionerName != Stored.Spec.ProvisionerRef.Name || Target.MachineName != NodeSituation.DeclaredMachineOf(Stored));

    /// <summary>The same work after a change of the object's metadata at the server.</summary>
    public NodeWork WithMetadata(Node stored) => (this with { Stored = stored }).With(Situation.Status);

    /// <summary>The same work with a status that is not written yet.</summary>
    public NodeWork With(NodeStatus status)
    {
        var node = new Node { ApiVersion = Stored.ApiVersion, Kind = Stored.Kind, Metadata = Stored.Metadata, Spec = Stored.Spec, Status = status };
        return this with { Situation = Situation with { Node = node }, Target = Target with { LoadedImage = status.LoadedImage, SshHostKeys = [.. status.SshHostKeys] } };
    }

    /// <summary>The same work where a capture is begun that may be another than the oldest.</summary>
    public NodeWork WithCapture(CaptureRequest? begun) => begun is null || begun.Uid == Capture?.Metadata.Uid
        ? this
        : this with { Capture = LaterCaptures.Single(later => later.Metadata.Uid == begun.Uid), Situation = Situation with { Capture = begun } };

    /// <summary>The same work after a write.</summary>
    public NodeWork WithStored(Node stored) =>
        this with { Stored = stored, Situation = Situation with { Node = stored }, Target = Target with { LoadedImage = stored.Status?.LoadedImage, SshHostKeys = [.. stored.Status?.SshHostKeys ?? []] } };

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Engine is not null)
            await Engine.DisposeAsync();
    }
}

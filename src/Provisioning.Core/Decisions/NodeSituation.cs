using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Core.Verdict;

namespace Provisioning.Core.Decisions;

/// <summary>Everything that a decision about one Node depends on, gathered beforehand.</summary>
public sealed record NodeSituation
{
    /// <summary>The Node as it is: metadata, spec and last written status.</summary>
    public required Node Node { get; init; }

    /// <summary>The time of the decision.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Why nothing can be done at all: an invalid spec, a missing Provisioner or Secret. Null if nothing is in the way.</summary>
    public Obstacle? Obstacle { get; init; }

    /// <summary>Why the desired image cannot be loaded: it does not exist or is not whole. The power state is kept nevertheless, and what is on the machine already stays as good as it is.</summary>
    public Obstacle? ImageObstacle { get; init; }

    /// <summary>The settings of the Provisioner that <see cref="ProvisionerOf"/> names; null if it does not exist.</summary>
    public ProvisionerSpec? Provisioner { get; init; }

    /// <summary>Verbs that the engine has.</summary>
    public IReadOnlySet<OperationKind> Supported { get; init; } = new HashSet<OperationKind>();

    /// <summary>The desired image, if one is asked for and known.</summary>
    public DesiredImage? DesiredImage { get; init; }

    /// <summary>What the engine saw; null if it was not asked, because an operation is under way or nothing can be done.</summary>
    public Observation? Observation { get; init; }

    /// <summary>The oldest capture of this Node that is not finished, or the one whose operation is under way.</summary>
    public CaptureRequest? Capture { get; init; }

    /// <summary>The captures of this Node that wait behind it, oldest first.</summary>
    public IReadOnlyList<CaptureRequest> LaterCaptures { get; init; } = [];

    /// <summary>Changes whenever an attempt that failed is worth repeating at once: generations of the Node and its Provisioner, versions of Secrets and Image.</summary>
    public string Circumstances { get; init; } = "";

    /// <summary>The last written status, or an empty one.</summary>
    public NodeStatus Status => Node.Status ?? Empty;

    /// <summary>What node_status compares with.</summary>
    public DesiredState Desired => new(DesiredImage, Node.Spec.OperatingSystem.Type != OperatingSystemType.None);

    /// <summary>The verdict on the observation; null without one. Unknown while an image is asked for and nothing is known of it.</summary>
    public NodeStatusVerdict? Verdict => (Observation, DesiredImage, ImageObstacle) switch
    {
        (null, _, _) => null,
        (_, null, { } obstacle) => new(NodeVerdict.Unknown, obstacle.Reason, obstacle.Message),
        _ => NodeStatusRules.Evaluate(Observation, Status.LoadedImage, Desired),
    };

    /// <summary>Whether the machine is certainly on. One that answers SSH is, also where its power state cannot be read.</summary>
    internal bool IsOn => Observation is { Power.Value: PowerValue.On } or { Power.Value: PowerValue.Unknown, Ssh.Value: FactValue.Yes };

    /// <summary>
    /// The Provisioner that a Node is driven by: the one of the operation under way, which may no longer be the one that the spec names, or else the spec's.
    /// </summary>
    public static string ProvisionerOf(Node node) =>
        node.Status is { Operation: not null, Provisioner: { Length: > 0 } name } ? name : node.Spec.ProvisionerRef.Name;

    /// <summary>The machine that a Node is about: the one of the operation under way, or else the spec's.</summary>
    public static string MachineOf(Node node) =>
        node.Status is { Operation: not null, Machine: { Length: > 0 } name } ? name : DeclaredMachineOf(node);

    /// <summary>The machine that the spec of a Node names.</summary>
    public static string DeclaredMachineOf(Node node) => node.Spec.MachineName ?? node.Metadata.Name;

    private static NodeStatus Empty { get; } = new();
}

/// <summary>Something that is in the way of doing anything with a Node.</summary>
/// <param name="Reason">A word of <see cref="Api.Reasons"/>.</param>
/// <param name="Message">What is the case and what to do.</param>
/// <param name="NeedsPerson">Whether only a person can remove it.</param>
public sealed record Obstacle(string Reason, string Message, bool NeedsPerson);

/// <summary>A capture that waits for, or runs on, a Node.</summary>
/// <param name="Name">Name of the ImageCapture.</param>
/// <param name="Uid">Its uid.</param>
/// <param name="ImageName">Name of the image to make.</param>
/// <param name="Revision">Revision of the image to make.</param>
/// <param name="PreparesOperatingSystem">Whether the operating system is prepared, and so its identity file rewritten.</param>
/// <param name="IsFinished">Whether the capture's status says that its end is known there.</param>
public sealed record CaptureRequest(string Name, string Uid, string ImageName, string Revision, bool PreparesOperatingSystem, bool IsFinished)
{
    /// <summary>Whether a machine whose power is not managed is to be as on or off afterwards as before.</summary>
    public bool RestoresPower { get; init; }
}

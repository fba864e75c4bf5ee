using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Core.Decisions;
using Provisioning.Core.Verdict;

namespace Provisioning.Core.Tests;

/// <summary>Situations to start from: a managed Linux machine that is on and runs the image that it should.</summary>
internal static class Situations
{
    public const string Circumstances = "3/1/1";

    public static readonly DateTimeOffset Now = new(2026, 5, 6, 7, 8, 9, TimeSpan.Zero);

    public static readonly DesiredImage Image = new("debian-12", "7", "sha256:" + new string('a', 64));

    public static readonly LoadedImage Loaded = new()
    {
        Name = Image.Name,
        Revision = Image.Revision,
        Digest = Image.Digest,
        OperationId = "load-1",
        State = LoadState.Loaded,
        LoadedTime = Now.AddDays(-1),
        VerifiedTime = Now.AddDays(-1),
    };

    public static readonly Observation Running = new()
    {
        Time = Now,
        Exists = Fact.Yes,
        Ping = Fact.Yes,
        Ssh = Fact.Yes,
        Power = PowerReading.On,
        CurrentImage = CurrentImageReading.Image(Image.Name, Image.RevisionId, "load-1"),
        Configured = Fact.Yes,
        Tainted = Fact.No,
        CredentialsAccepted = Fact.Yes,
    };

    public static readonly Observation Off = Running with { Ssh = Fact.Not(Reasons.PoweredOff), Power = PowerReading.Off, CurrentImage = CurrentImageReading.Unknown(Reasons.PoweredOff) };

    public static readonly Observation Silent = Running with { Ssh = Fact.Not(Reasons.SshUnreachable), CurrentImage = CurrentImageReading.Unknown(Reasons.SshUnreachable) };

    public static readonly Observation Missing = new() { Time = Now, Exists = Fact.No };

    public static readonly Observation Unreachable = Observation.Nothing(Now, Reasons.HostUnreachable, "No route to host.");

    public static readonly IReadOnlySet<OperationKind> Everything = Enum.GetValues<OperationKind>().ToHashSet();

    public static readonly CaptureRequest Capture = new("golden-now", "capture-uid", "golden", "1", PreparesOperatingSystem: true, IsFinished: false);

    public static NodeSpec Spec(Action<NodeSpec>? change = null)
    {
        var spec = new NodeSpec
        {
            ProvisionerRef = new() { Name = "lab" },
            ImageRef = new() { Name = Image.Name },
            PowerState = PowerState.PoweredOn,
            OperatingSystem = new() { Type = OperatingSystemType.Linux, Address = "192.0.2.7" },
        };
        change?.Invoke(spec);
        return spec;
    }

    public static NodeSituation Of(NodeSpec? spec = null, NodeStatus? status = null, Observation? observation = null, DateTimeOffset? deleted = null) => new()
    {
        Node = new()
        {
            Metadata = new() { Name = "n1", Namespace = "default", Uid = "u1", Generation = 3, DeletionTimestamp = deleted, Finalizers = [ApiGroup.Finalizer] },
            Spec = spec ?? Spec(),
            Status = status ?? new() { LoadedImage = Loaded },
        },
        Now = Now,
        Provisioner = new(),
        Supported = Everything,
        DesiredImage = spec is { ImageRef: null } ? null : Image,
        Observation = observation ?? Running,
        Circumstances = Circumstances,
    };

    /// <summary>The same Node with another status, as if it had been written and read back.</summary>
    public static NodeSituation With(NodeSituation situation, NodeStatus status, DateTimeOffset? now = null) => situation with
    {
        Node = new() { Metadata = situation.Node.Metadata, Spec = situation.Node.Spec, Status = status },
        Now = now ?? situation.Now,
    };

    public static OperationStatus Operation(OperationKind kind, OperationPhase phase = OperationPhase.Running) => new()
    {
        Id = "op-9",
        Kind = kind,
        Sequence = 9,
        Phase = phase,
        Target = kind == OperationKind.Capture ? Capture.ImageName : Image.Name,
        TargetDigest = kind is OperationKind.Load or OperationKind.PostLoad ? Image.Digest : null,
        CaptureUid = kind == OperationKind.Capture ? Capture.Uid : null,
        CaptureName = kind == OperationKind.Capture ? Capture.Name : null,
        Step = "working",
        Message = "Working.",
        StartedTime = Now.AddMinutes(-5),
        LastProgressTime = Now.AddMinutes(-1),
        DeadlineTime = Now.AddMinutes(30),
    };

    public static OperationRecord Done(OperationKind kind, DateTimeOffset finished, string? target = null) =>
        new() { Id = "op-8", Kind = kind, Target = target, Phase = OperationPhase.Succeeded, StartedTime = finished.AddSeconds(-30), FinishedTime = finished };
}

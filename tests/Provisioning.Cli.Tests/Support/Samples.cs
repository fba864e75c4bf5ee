using Provisioning.Api;
using Provisioning.Api.Images;
using Provisioning.Api.Machines;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;

namespace Provisioning.Cli.Tests.Support;

/// <summary>Nodes in the states that people see.</summary>
internal static class Samples
{
    public const string Digest = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    public const string OtherDigest = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    private static DateTimeOffset Now => TestTerminal.Now;

    public static Node Ready(string name = "lab-01", Action<Node>? change = null)
    {
        var node = new Node
        {
            Metadata = new() { Name = name, Namespace = "lab", Uid = $"uid-{name}", Generation = 3, CreationTimestamp = Now.AddDays(-41) },
            Spec = new() { ProvisionerRef = new() { Name = "vmhost" }, ImageRef = new() { Name = "debian-12" }, PowerState = PowerState.PoweredOn },
            Status = new()
            {
                ObservedGeneration = 3,
                Provisioner = "vmhost",
                Power = PowerValue.On,
                CurrentImage = "debian-12",
                LoadedImage = new() { Name = "debian-12", Revision = "7", Digest = Digest, OperationId = "op-1", State = LoadState.Loaded, LoadedTime = Now.AddDays(-41), VerifiedTime = Now.AddHours(-5) },
                NodeStatusReport = new() { Verdict = NodeVerdict.Ready, Reason = Reasons.AsDeclared, Exists = FactValue.Yes, Ssh = FactValue.Yes, Configured = FactValue.Yes, Tainted = FactValue.No, EngineState = "running", EngineImage = Digest },
                Conditions =
                [
                    Condition("Ready", ConditionStatus.True, Reasons.AsDeclared, "The machine is as declared.", TimeSpan.FromHours(5)),
                    Condition("Reachable", ConditionStatus.True, Reasons.Answering, "The machine answers SSH.", TimeSpan.FromHours(5)),
                    Condition("Paused", ConditionStatus.False, Reasons.NotPaused, "The Node is not paused.", TimeSpan.FromDays(41)),
                ],
                History = [new() { Id = "op-1", Kind = OperationKind.Load, Target = "debian-12", Phase = OperationPhase.Succeeded, Message = "debian-12 revision 7 is loaded.", StartedTime = Now.AddDays(-41).AddSeconds(-50), FinishedTime = Now.AddDays(-41) }],
            },
        };
        change?.Invoke(node);
        return node;
    }

    public static Node Loading(string name = "lab-02") => Ready(name, node =>
    {
        node.Spec.ImageRef = new() { Name = "debian-13" };
        node.Status = node.Status! with
        {
            CurrentImage = null,
            Operation = new()
            {
                Id = "op-2",
                Kind = OperationKind.Load,
                Target = "debian-13",
                Step = "Copying",
                Message = "Copying the image to the disk.",
                ProgressPercent = 52,
                StartedTime = Now.AddMinutes(-3),
                StepStartedTime = Now.AddMinutes(-2),
                LastProgressTime = Now.AddSeconds(-4),
                DeadlineTime = Now.AddMinutes(57),
                Steps = [new() { Name = "hostname", Result = StepResult.Changed }, new() { Name = "hook:register", Result = StepResult.Failed, ExitCode = 3, Message = "it said no" }],
            },
            Conditions = [Condition("Ready", ConditionStatus.False, Reasons.OperationRunning, "Load debian-13: Copying the image to the disk.", TimeSpan.FromMinutes(3)), Condition("Reconciling", ConditionStatus.True, Reasons.OperationRunning, "Load debian-13: Copying the image to the disk.", TimeSpan.FromMinutes(3))],
        };
    });

    public static Node Stalled(string name, string reason, string message, Action<Node>? change = null) => Ready(name, node =>
    {
        node.Status = node.Status! with { Conditions = [Condition("Ready", ConditionStatus.False, reason, message, TimeSpan.FromMinutes(25)), Condition("Stalled", ConditionStatus.True, reason, message, TimeSpan.FromMinutes(25))] };
        change?.Invoke(node);
    });

    public static Node Retrying(Node node, string reason, int attempt)
    {
        node.Status = node.Status! with { ObserveRetry = new() { Attempt = attempt, NextTime = Now.AddMinutes(4), Reason = reason } };
        return node;
    }

    public static Node Pending() => Stalled("lab-03", Reasons.PendingApproval, "Load of debian-13 revision 8 waits for an approval.", node =>
    {
        node.Spec.ImageRef = new() { Name = "debian-13" };
        node.Spec.ChangePolicy = ChangePolicy.Approve;
        node.Status = node.Status! with { PendingPlan = new() { Id = "load-0123456789abcdef", Kind = OperationKind.Load, Image = "debian-13", Revision = "8", Digest = OtherDigest } };
    });

    public static Node New(string name = "lab-05") => Ready(name, node => node.Status = null);

    public static Node Off(string name = "lab-06") => Ready(name, node =>
    {
        node.Status = node.Status! with
        {
            Power = PowerValue.Off,
            Queue = new() { Position = 4, SinceTime = Now.AddMinutes(-1) },
            Conditions = [Condition("Ready", ConditionStatus.False, Reasons.Queued, "PowerOn waits in line.", TimeSpan.FromMinutes(1)), Condition("Reconciling", ConditionStatus.True, Reasons.Queued, "PowerOn waits in line.", TimeSpan.FromMinutes(1))],
        };
    });

    public static Image Image(string name = "debian-12", string revision = "7", string digest = Digest) => new()
    {
        Metadata = new() { Name = name, Namespace = "lab", CreationTimestamp = Now.AddDays(-50) },
        Spec = new() { Revision = revision, Digest = digest, Format = ImageFormat.Qcow2, FileName = $"{name}.qcow2" },
        Status = new() { Size = "1.4Gi", Conditions = [Condition("Ready", ConditionStatus.True, Reasons.ImageAvailable, "The file is whole.", TimeSpan.FromDays(50))], Locations = [new() { Provisioner = "vmhost", Path = "/images" }], Fetches = [new() { Provisioner = "rack", ProgressPercent = 30 }] },
    };

    public static Image MissingImage()
    {
        var image = Image("fedora-44", "1", OtherDigest);
        image.Status = new() { Conditions = [Condition("Ready", ConditionStatus.False, Reasons.ImageFileMissing, "The file is nowhere.", TimeSpan.FromMinutes(9)), Condition("Stalled", ConditionStatus.True, Reasons.ImageFileMissing, "The file is nowhere.", TimeSpan.FromMinutes(9))], Retry = new() { Attempt = 6, NextTime = Now.AddMinutes(3) } };
        return image;
    }

    public static Provisioner Provisioner(string name = "vmhost") => new()
    {
        Metadata = new() { Name = name, Namespace = "lab" },
        Spec = new() { Type = ProvisionerType.Libvirt },
        Status = new() { Capabilities = ["Load", "Capture", "PowerOn", "PowerOff", "PowerReset", "PowerState", "Unload", "Images"] },
    };

    public static Condition Condition(string type, ConditionStatus status, string reason, string message, TimeSpan ago) =>
        new() { Type = type, Status = status, Reason = reason, Message = message, LastTransitionTime = Now - ago, ObservedGeneration = 3 };
}

using Provisioning.Api.Images;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;
using Provisioning.Core.Verdict;
using Provisioning.Engines.Operations;
using Provisioning.Operator.Nodes;

namespace Provisioning.Operator.Tests.Support;

/// <summary>Operations as they begin and fail, for tests of what follows in the status.</summary>
internal static class Transitions
{
    public static readonly DateTimeOffset Now = new(2026, 5, 6, 7, 8, 9, TimeSpan.Zero);

    public static readonly LoadedImage Loaded = new() { Name = "debian", Revision = "1", Digest = Samples.Digest("debian"), OperationId = "op-1", State = LoadState.Loaded, LoadedTime = Now, VerifiedTime = Now };

    public static readonly OperationFailure Failure = new("CommandFailed", "It broke.", NeedsPerson: false, MachineUntouched: false);

    private static readonly CaptureRequest Capture = new("take", "capture-uid", "golden", "7", PreparesOperatingSystem: true, IsFinished: false) { RestoresPower = true };

    /// <summary>The record of the loaded image after an operation that failed.</summary>
    public static LoadedImage Fail(OperationKind kind, bool untouched = false) =>
        OperationTransitions.Fail(Begin(kind, new() { LoadedImage = Loaded }), Failure with { MachineUntouched = untouched }, Now, 0).LoadedImage!;

    public static NodeStatus Begin(OperationKind kind, NodeStatus? status = null, string goal = "goal", string message = "Beginning.", Action<NodeSpec>? change = null, PowerReading? power = null, bool prepares = true)
    {
        var node = Samples.Node(change: change);
        node.Status = status ?? new();
        var situation = new NodeSituation
        {
            Node = node,
            Now = Now.AddMilliseconds(300),
            Provisioner = Samples.Provisioner().Spec,
            DesiredImage = new DesiredImage("debian", "1", Samples.Digest("debian")),
            Observation = new Observation { Time = Now, Power = power ?? PowerReading.On },
        };
        var capture = kind == OperationKind.Capture ? Capture with { PreparesOperatingSystem = prepares } : null;
        return OperationTransitions.Begin(situation, new NodeDecision.Begin(kind, "Reason", message, goal) { Capture = capture }, "op-9");
    }
}

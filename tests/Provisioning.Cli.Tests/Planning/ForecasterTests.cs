using System.Text.Json;
using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Cli.Planning;
using Provisioning.Cli.Tests.Support;
using Provisioning.Core.Decisions;

namespace Provisioning.Cli.Tests.Planning;

/// <summary>What becomes of a machine, case by case. What a case does not name stays as it is: a machine that runs debian-12, as declared.</summary>
public sealed class ForecasterTests
{
    private static readonly Dictionary<string, (MachineQuestion Question, string Expected)> Cases = new()
    {
        ["Nothing changes"] = (Change(Samples.Ready(), _ => { }), "unchanged | nothing | None"),
        ["A field that does nothing to the machine"] = (Change(Samples.Ready(), spec => spec.DeletionPolicy = DeletionPolicy.Unload), "configured | nothing | None"),
        ["Another image"] = (Change(Samples.Ready(), To13), "configured | Load debian-13 | Destroys"),
        ["Another image under Approve"] = (Change(Samples.Ready(change: node => node.Spec.ChangePolicy = ChangePolicy.Approve), To13), "configured | Load debian-13, after an approval | Change"),
        ["An image and the policy at once"] = (Change(Samples.Ready(), spec => { To13(spec); spec.ChangePolicy = ChangePolicy.Approve; }), "configured | Load debian-13, after an approval | Change"),
        ["Another image on a machine that is declared off"] = (Change(Off(), To13), "configured | nothing | None"),
        ["Off"] = (Change(Samples.Ready(), spec => spec.PowerState = PowerState.PoweredOff), "configured | PowerOff | Change"),
        ["On"] = (Change(Off(), spec => spec.PowerState = PowerState.PoweredOn), "configured | PowerOn | Change"),
        ["A reset"] = (Change(Samples.Ready(), spec => spec.PowerResetToken = "t9"), "configured | PowerReset | Change"),
        ["A reload"] = (Change(Samples.Ready(), spec => spec.ReloadToken = "r9"), "configured | Load debian-12 | Destroys"),
        ["No image any more"] = (Change(Samples.Ready(), spec => spec.ImageRef = null), "configured | nothing | None"),
        ["An image that does not exist"] = (Change(Samples.Ready(), spec => spec.ImageRef = new() { Name = "nope" }), "configured | stalls | Change"),
        ["A provisioner that does not exist"] = (Change(Samples.Ready(), spec => spec.ProvisionerRef = new() { Name = "nope" }), "configured | stalls | Change"),
        ["Another provisioner: another machine, of which nothing is known"] = (Change(Samples.Ready(), spec => spec.ProvisionerRef = new() { Name = "rack" }), "configured | looks, then Load debian-12 unless it is there | Destroys"),
        ["Another machine name: another machine"] = (Change(Samples.Ready(), spec => spec.MachineName = "rack-7"), "configured | looks, then Load debian-12 unless it is there | Destroys"),
        ["Another image on a machine whose host does not answer: it will, and then it is lost"] = (Change(Unreachable(), To13), "configured | Load debian-13 | Destroys"),
        ["Another image on a machine that is silent"] = (Change(Silent(), To13), "configured | Load debian-13 | Destroys"),
        ["Nothing about a machine that is silent"] = (Change(Silent(), _ => { }), "unchanged | looks again | None"),
        ["What a person stopped after too many attempts begins anew with the change"] = (Change(Exhausted(), To13), "configured | Load debian-13 | Destroys"),
        ["Paused"] = (Change(Samples.Ready(), spec => { To13(spec); spec.ManagementPolicy = ManagementPolicy.Paused; }), "configured | nothing: held | None"),
        ["Observed"] = (Change(Samples.Ready(), spec => { To13(spec); spec.ManagementPolicy = ManagementPolicy.Observe; }), "configured | stalls | Change"),
        ["A load under way of an image that is wanted no more"] = (Change(Samples.Loading(), spec => spec.ImageRef = new() { Name = "debian-12" }), "configured | stops Load debian-13, then Load debian-12 | Destroys"),
        ["A load under way, and off"] = (Change(Samples.Loading(), spec => spec.PowerState = PowerState.PoweredOff), "configured | stops Load debian-13 | Change"),
        ["A load under way goes on"] = (Change(Loading13(), spec => spec.DeletionPolicy = DeletionPolicy.PowerOff), "configured | goes on | None"),
        ["A new Node"] = (Create(_ => { }), "created | looks, then Load debian-12 unless it is there | Destroys"),
        ["A new Node under Approve"] = (Create(spec => spec.ChangePolicy = ChangePolicy.Approve), "created | looks, then Load debian-12 if there is no machine | Change"),
        ["A new Node without an image"] = (Create(spec => (spec.ImageRef, spec.PowerState) = (null, null)), "created | looks | None"),
        ["A new Node that is declared off"] = (Create(spec => spec.PowerState = PowerState.PoweredOff), "created | looks, then PowerOff | Change"),
        ["A new Node that is observed"] = (Create(spec => spec.ManagementPolicy = ManagementPolicy.Observe), "created | is looked at, at most | None"),
        ["A new Node with a spec that cannot be used"] = (Create(spec => spec.OperatingSystem = new() { Type = OperatingSystemType.Linux }), "created | stalls | Change"),
        ["A capture"] = (WithCapture(Samples.Ready()), "unchanged | Capture golden | Change"),
        ["A capture under Approve"] = (WithCapture(Samples.Ready(change: node => node.Spec.ChangePolicy = ChangePolicy.Approve)), "unchanged | Capture golden, after an approval | Change"),
        ["An Image that gets another digest"] = (OtherImage(), "unchanged | Load debian-12 | Destroys"),
        ["What waits for an approval already"] = (Change(Pending(), spec => spec.DeletionPolicy = DeletionPolicy.PowerOff), "configured | Load debian-13, after an approval | None"),
        ["The approval itself"] = (Approved(), "configured | Load debian-13 | Destroys"),
    };

    public static TheoryData<string> CaseNames => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(CaseNames))]
    public void What_follows(string name)
    {
        var forecast = Forecaster.Tell(Cases[name].Question);
        Assert.Equal(Cases[name].Expected, $"{forecast.Apply} | {forecast.Action} | {forecast.Effect}");
        Assert.EndsWith(".", forecast.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void The_plan_that_would_wait_is_the_one_that_the_operator_will_ask_for()
    {
        var forecast = Forecaster.Tell(Cases["Another image under Approve"].Question);
        Assert.Equal($"Loading debian-13: debian-12 revision 7 is on the machine, debian-13 revision 8 is wanted. It waits for an approval of the plan {forecast.Plan}.", forecast.Why);
        Assert.Equal(PlanOf(Pending()), forecast.Plan);
    }

    private static void To13(NodeSpec spec) => spec.ImageRef = new() { Name = "debian-13" };

    private static MachineQuestion Change(Node before, Action<NodeSpec> change)
    {
        var after = JsonSerializer.SerializeToNode(before, ApiJsonContext.Default.Node).Deserialize(ApiJsonContext.Default.Node)!;
        change(after.Spec);
        return new() { Before = before, After = after, Now = Around(before), Then = Around(after), Time = TestTerminal.Now };
    }

    private static MachineQuestion Create(Action<NodeSpec> change)
    {
        var after = Samples.New();
        change(after.Spec);
        return new() { After = after, Now = Around(after), Then = Around(after), Time = TestTerminal.Now };
    }

    private static MachineQuestion WithCapture(Node node)
    {
        var question = Change(node, _ => { });
        return question with { Then = question.Then with { Capture = new("golden", "uid", "golden", "1", PreparesOperatingSystem: false, IsFinished: false) } };
    }

    private static MachineQuestion OtherImage()
    {
        var question = Change(Samples.Ready(), _ => { });
        return question with { Then = question.Then with { Image = Samples.Image(digest: Samples.OtherDigest) } };
    }

    private static MachineQuestion Approved() => Change(Pending(), spec => spec.ApprovedPlan = PlanOf(Pending()));

    private static string PlanOf(Node node) => Forecaster.Tell(Change(node, spec => spec.DeletionPolicy = DeletionPolicy.PowerOff)).Action.Contains("approval", StringComparison.Ordinal)
        ? Forecaster.Tell(Change(Samples.Ready("lab-01", before => before.Spec.ChangePolicy = ChangePolicy.Approve), To13)).Plan!
        : throw new InvalidOperationException("It does not wait.");

    private static Node Pending() => Samples.Ready(change: node =>
    {
        node.Spec.ChangePolicy = ChangePolicy.Approve;
        To13(node.Spec);
        node.Status = node.Status! with { NodeStatusReport = node.Status.NodeStatusReport! with { Verdict = NodeVerdict.Reload, Reason = Reasons.ImageDiffers } };
    });

    private static Node Off() => Samples.Ready(change: node =>
    {
        node.Spec.PowerState = PowerState.PoweredOff;
        node.Status = node.Status! with { Power = PowerValue.Off, NodeStatusReport = node.Status.NodeStatusReport! with { Verdict = NodeVerdict.Unknown, Reason = Reasons.PoweredOff, Ssh = FactValue.No } };
    });

    private static Node Silent() => Seen(Reasons.SshUnreachable, report => report with { Ssh = FactValue.No, Configured = FactValue.Unknown, Tainted = FactValue.Unknown });

    private static Node Unreachable() => Seen(Reasons.HostUnreachable, report => report with { Exists = FactValue.Unknown, Ssh = FactValue.Unknown, EngineImage = null });

    private static Node Seen(string reason, Func<NodeStatusReport, NodeStatusReport> change) => Samples.Ready(change: node =>
    {
        node.Spec.OperatingSystem = new() { Type = OperatingSystemType.Linux, Address = "192.0.2.1", CredentialsSecretRef = new() { Name = "login" } };
        node.Status = node.Status! with
        {
            NodeStatusReport = change(node.Status.NodeStatusReport!) with { Verdict = NodeVerdict.Unknown, Reason = reason },
            Conditions = [Samples.Condition("Reachable", ConditionStatus.False, reason, "It does not answer.", TimeSpan.FromMinutes(1))],
        };
    });

    private static Node Exhausted() => Samples.Ready(change: node =>
        node.Status = node.Status! with { Retry = new() { Goal = "Load:x|y", Attempt = 5, DestructiveAttempts = 5, Reason = Reasons.CommandFailed, Message = "It failed." } });

    private static Node Loading13()
    {
        var node = Samples.Loading();
        node.Status = node.Status! with { Operation = node.Status.Operation! with { TargetDigest = Samples.OtherDigest, Image = new() { FileName = "debian-13.qcow2" } } };
        return node;
    }

    private static Surroundings Around(Node node) => new(
        node.Spec.ImageRef?.Name switch { "debian-12" => Samples.Image(), "debian-13" => Samples.Image("debian-13", "8", Samples.OtherDigest), _ => null },
        node.Spec.ProvisionerRef.Name == "nope" ? null : Samples.Provisioner(node.Spec.ProvisionerRef.Name),
        Capture: null);
}

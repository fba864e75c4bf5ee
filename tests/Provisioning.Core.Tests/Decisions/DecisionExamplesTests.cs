using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;

namespace Provisioning.Core.Tests.Decisions;

/// <summary>What is done next, case by case. Everything that a case does not name is as declared: managed, on, with the desired image.</summary>
public sealed class DecisionExamplesTests
{
    private static readonly Dictionary<string, (NodeSituation Situation, string Decision)> Cases = new()
    {
        ["All is as declared"] = (Situations.Of(), "Rest AsDeclared"),
        ["The machine does not exist"] = (Situations.Of(observation: Situations.Missing), "Begin Load MachineMissing"),
        ["Another image is wanted"] = (Situations.Of() with { DesiredImage = Situations.Image with { Digest = "sha256:" + new string('e', 64) } }, "Begin Load ImageDiffers"),
        ["A load was cut short"] = (Recorded(Situations.Loaded with { State = LoadState.Loading }), "Begin Load LoadIncomplete"),
        ["Post-load is missing"] = (Situations.Of(observation: Situations.Running with { Configured = Fact.No }), "Begin PostLoad NotConfigured"),
        ["A user may have changed the machine"] = (Situations.Of(observation: Situations.Running with { Tainted = Fact.Yes }), "Begin Load Tainted"),
        ["SSH does not answer"] = (Situations.Of(observation: Situations.Silent), "LookAgain SshUnreachable"),
        ["The provisioner's host does not answer"] = (Situations.Of(observation: Situations.Unreachable), "LookAgain HostUnreachable"),
        ["Somebody else's machine is in the Node's place"] =
            (Situations.Of(observation: Observation.Nothing(Situations.Now, Reasons.MachineNotOurs, "The domain lab-1 is not ours.")), "Stall MachineNotOurs"),
        ["The machine contradicts the record"] = (Situations.Of(observation: Situations.Running with { CurrentImage = CurrentImageReading.None(Reasons.CurrentImageMissing) }), "Stall IdentityMismatch"),
        ["The machine contradicts the record, and a person asks for a reload"] =
            (Reload("r2", Situations.Running with { CurrentImage = CurrentImageReading.None(Reasons.CurrentImageMissing) }), "Begin Load ReloadRequested"),
        ["A reload is asked for while the host does not answer"] = (Reload("r2", Situations.Unreachable), "LookAgain HostUnreachable"),
        ["A reload was asked for and done"] = (Reload("r1", Situations.Running), "Rest AsDeclared"),
        ["A new Node brings tokens along"] = (Brand(spec => (spec.ReloadToken, spec.PowerResetToken) = ("r1", "t1")), "Rest AsDeclared"),
        ["Nothing was looked at yet"] = (Situations.Of() with { Observation = null }, "LookAgain NotProbed"),
        ["The machine is off and should be on"] = (Situations.Of(observation: Situations.Off), "Begin PowerOn OperationRunning"),
        ["The machine is on and should be off"] = (Power(PowerState.PoweredOff, Situations.Running), "Begin PowerOff OperationRunning"),
        ["The machine is off, as declared, with the wrong image"] = (Situations.With(Power(PowerState.PoweredOff, Situations.Off), new() { LoadedImage = Situations.Loaded with { Digest = "sha256:" + new string('f', 64) } }), "Rest PoweredOff"),
        ["The machine is to be off and does not exist"] = (Power(PowerState.PoweredOff, Situations.Missing), "Rest PoweredOff"),
        ["Power is not managed and the machine is off"] = (Power(null, Situations.Off), "Rest AsDeclared"),
        ["Power is not managed, the machine is off and was never seen"] = (Situations.With(Power(null, Situations.Off), new()), "Begin PowerOn OperationRunning"),
        ["Power is not managed and the machine was on before its capture"] = (Situations.With(Power(null, Situations.Off), new() { LoadedImage = Situations.Loaded, PowerOnDue = true }), "Begin PowerOn OperationRunning"),
        ["Power is not managed, the machine was on before its capture and is gone, and so is its Image"] = (
            Situations.With(Power(null, Situations.Missing with { Power = PowerReading.Off }), new() { LoadedImage = Situations.Loaded, PowerOnDue = true }) with { DesiredImage = null, ImageObstacle = new(Reasons.ImageNotFound, "No such Image.", NeedsPerson: true) },
            "Stall ImageNotFound"),
        ["The power state cannot be read, but SSH answers"] = (Situations.Of(observation: Situations.Running with { Power = PowerReading.Unknown(Reasons.NotSupported) }), "Rest AsDeclared"),
        ["No image is asked for, and the machine to be on does not exist"] = (Without(Situations.Missing), "Stall MachineMissing"),
        ["No image is asked for, and the machine does not answer SSH"] = (Without(Situations.Silent), "Rest AsDeclared"),
        ["A reset is asked for"] = (Reset(Situations.Running), "Begin PowerReset OperationRunning"),
        ["A reset is asked for because the machine hangs"] = (Reset(Situations.Silent), "Begin PowerReset OperationRunning"),
        ["A reset is asked for and the machine is off"] = (Reset(Situations.Off), "Begin PowerOn OperationRunning"),
        ["The Image does not exist"] = (Situations.Of() with { DesiredImage = null, ImageObstacle = NoImage }, "Stall ImageNotFound"),
        ["The Image does not exist, and the machine is off"] = (Situations.Of(observation: Situations.Off) with { DesiredImage = null, ImageObstacle = NoImage }, "Begin PowerOn OperationRunning"),
        ["The image file is gone, but the machine runs it"] = (Situations.Of() with { ImageObstacle = NoImage }, "Rest AsDeclared"),
        ["The image file is gone and would be needed"] = (Situations.Of(observation: Situations.Missing) with { ImageObstacle = NoImage }, "Stall ImageNotFound"),
        ["The Secret is missing"] = (Situations.Of() with { Obstacle = Secret }, "Stall SecretInvalid"),
        ["The provisioner is not ready yet"] = (Situations.Of() with { Obstacle = Secret with { Reason = Reasons.ProvisionerNotReady, NeedsPerson = false } }, "LookAgain ProvisionerNotReady"),
        ["The engine cannot load"] = (Situations.Of(observation: Situations.Missing) with { Supported = new HashSet<OperationKind>() }, "Stall NotSupported"),
        ["The engine knows no power"] = (Blind() with { Supported = new HashSet<OperationKind>() }, "Stall NotSupported"),
        ["A configuration, which has no power, is to be off"] = (Power(PowerState.PoweredOff, Powerless(Situations.Running)) with { Supported = LoadOnly }, "Stall NotSupported"),
        ["A configuration, which has no power, is to be off and is not there"] = (Power(PowerState.PoweredOff, Powerless(Situations.Missing)) with { Supported = LoadOnly }, "Stall NotSupported"),
        ["A configuration, which has no power, is to be on"] = (Situations.Of(observation: Powerless(Situations.Running)) with { Supported = LoadOnly }, "Stall NotSupported"),
        ["A machine that only SSH tells of is silent and should be on"] = (Situations.Of(observation: Mute()), "Begin PowerOn OperationRunning"),
        ["A machine that only SSH tells of is silent, should be on, and no image is asked for"] = (Without(Mute()), "Begin PowerOn OperationRunning"),
        ["A machine that only SSH tells of is silent, and nothing can wake it"] = (Situations.Of(observation: Mute()) with { Supported = LoadOnly }, "LookAgain SshUnreachable"),
        ["A machine that only SSH tells of is silent and should be off"] = (Power(PowerState.PoweredOff, Mute()), "LookAgain SshUnreachable"),
        ["A machine that only SSH tells of is silent, and power is not managed"] = (Power(null, Mute()), "LookAgain SshUnreachable"),
        ["A machine cannot be known because its spec lacks something"] = (Situations.Of(observation: Observation.Nothing(Situations.Now, Reasons.InvalidSpec, "Describe it.")), "Stall InvalidSpec"),
        ["A content is there, but the operation that put it there came to no end"] =
            (Situations.Of(observation: Powerless(Situations.Running) with { Ssh = Fact.Yes, ContentsDigest = Situations.Image.Digest, Configured = Fact.No }), "Begin PostLoad NotConfigured"),
        ["There is no system to ask, no record, and the engine cannot tell"] = (Situations.With(Blind(), new()), "Stall CurrentImageUnreadable"),
        ["Only observed, and another image is wanted"] = (Policy(ManagementPolicy.Observe, Situations.Missing), "Stall ObserveOnly"),
        ["Only observed, and as declared"] = (Policy(ManagementPolicy.Observe, Situations.Running), "Rest AsDeclared"),
        ["Paused, and everything is wrong"] = (Policy(ManagementPolicy.Paused, Situations.Missing), "Hold"),
        ["A capture waits"] = (Situations.Of() with { Capture = Situations.Capture }, "Begin Capture OperationRunning"),
        ["A capture waits on a machine that is off, as declared"] = (Power(PowerState.PoweredOff, Situations.Off) with { Capture = Situations.Capture }, "Begin Capture OperationRunning"),
        ["A capture waits on a machine that has another image: its contents are saved first"] = (Recorded(Situations.Loaded with { Name = "old", Digest = "sha256:" + new string('e', 64) }) with { Capture = Situations.Capture }, "Begin Capture OperationRunning"),
        ["A capture waits on a machine that a load left half written"] = (Recorded(Situations.Loaded with { State = LoadState.Loading }) with { Capture = Situations.Capture }, "Begin Load LoadIncomplete"),
        ["A capture waits on a machine that does not exist yet"] = (Situations.Of(observation: Situations.Missing) with { Capture = Situations.Capture }, "Begin Load MachineMissing"),
        ["A capture waits on a machine that does not exist and never will"] = (Without(Situations.Missing, PowerState.PoweredOff) with { Capture = Situations.Capture }, "Stall MachineMissing"),
        ["A capture waits on a machine that is off and was never seen: it is looked at first"] = (Situations.With(Power(null, Situations.Off), new()) with { Capture = Situations.Capture }, "Begin PowerOn OperationRunning"),
        ["A capture that would prepare what was never seen waits, and one behind it prepares nothing"] = (
            Situations.With(Power(PowerState.PoweredOff, Situations.Off), new()) with { Capture = Situations.Capture, LaterCaptures = [Situations.Capture with { Uid = "u2" }, Situations.Capture with { Uid = "u3", PreparesOperatingSystem = false }] },
            "Begin Capture OperationRunning"),
        ["A capture that failed for the time being keeps its turn"] = (
            Situations.With(Power(PowerState.PoweredOff, Situations.Off), new() { LoadedImage = Situations.Loaded, Retry = new() { Goal = $"Capture:{Situations.Capture.Uid}|{Situations.Circumstances}", Attempt = 1, NeedsPerson = true, NextTime = Situations.Now.AddMinutes(5), Reason = Reasons.DiskFull, Message = "Full." } }) with { Capture = Situations.Capture, LaterCaptures = [Situations.Capture with { Uid = "u2" }] },
            "Stall DiskFull"),
        ["A capture waits on a machine that is declared off and was never seen"] = (Situations.With(Power(PowerState.PoweredOff, Situations.Off), new()) with { Capture = Situations.Capture }, "Stall NotProbed"),
        ["A capture waits on a machine without an image declared that was never seen"] = (Without(Situations.Running) with { Capture = Situations.Capture }, "Begin Capture OperationRunning"),
        ["A capture waits and the host does not answer"] = (Situations.Of(observation: Situations.Unreachable) with { Capture = Situations.Capture }, "LookAgain HostUnreachable"),
    };

    private static HashSet<OperationKind> LoadOnly => [OperationKind.Load, OperationKind.PostLoad];

    private static Observation Powerless(Observation seen) => seen with { Power = PowerReading.Unknown(Reasons.NotSupported), Ssh = Fact.Unknown(Reasons.NotProbed), ContentsDigest = seen.Exists.IsYes ? Situations.Image.Digest : null };

    private static Observation Mute() => Observation.Nothing(Situations.Now, Reasons.SshUnreachable, "It does not answer.") with { Exists = Fact.Yes };

    public static TheoryData<string> CaseNames => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(CaseNames))]
    public void Next(string name)
    {
        var (situation, expected) = Cases[name];
        Assert.Equal(expected, Describe(NodeDecider.Decide(situation)));
    }

    [Fact]
    public void The_message_of_a_mismatch_names_the_way_out() =>
        Assert.Contains("spec.reloadToken", Assert.IsType<NodeDecision.Stall>(NodeDecider.Decide(Cases["The machine contradicts the record"].Situation)).Message, StringComparison.Ordinal);

    public static string Describe(NodeDecision decision) => decision switch
    {
        NodeDecision.Begin begin => $"Begin {begin.Kind} {begin.Reason}",
        NodeDecision.Rest rest => $"Rest {rest.Reason}",
        NodeDecision.LookAgain look => $"LookAgain {look.Reason}",
        NodeDecision.Stall stall => $"Stall {stall.Reason}",
        NodeDecision.Abandon abandon => $"Abandon {abandon.Reason}",
        _ => decision.GetType().Name,
    };

    private static Obstacle NoImage => new(Reasons.ImageNotFound, "There is no Image debian-12. Create it or change spec.imageRef.", NeedsPerson: true);

    private static Obstacle Secret => new(Reasons.SecretInvalid, "There is no Secret login. Create it.", NeedsPerson: true);

    private static NodeSituation Recorded(LoadedImage loaded) => Situations.Of(status: new() { LoadedImage = loaded });

    private static NodeSituation Power(PowerState? power, Observation seen) => Situations.Of(Situations.Spec(spec => spec.PowerState = power), observation: seen);

    private static NodeSituation Policy(ManagementPolicy policy, Observation seen) => Situations.Of(Situations.Spec(spec => spec.ManagementPolicy = policy), observation: seen);

    private static NodeSituation Without(Observation seen, PowerState power = PowerState.PoweredOn) =>
        Situations.Of(Situations.Spec(spec => (spec.ImageRef, spec.PowerState) = (null, power)), new(), seen);

    private static NodeSituation Reload(string token, Observation seen) =>
        Situations.Of(Situations.Spec(spec => spec.ReloadToken = token), new() { LoadedImage = Situations.Loaded, HandledReloadToken = "r1" }, seen);

    private static NodeSituation Reset(Observation seen) => Situations.Of(Situations.Spec(spec => spec.PowerResetToken = "t2"), new() { LoadedImage = Situations.Loaded, HandledPowerResetToken = "t1" }, seen);

    private static NodeSituation Brand(Action<NodeSpec> change)
    {
        var situation = Situations.Of(Situations.Spec(change));
        situation.Node.Status = null;
        return situation;
    }

    private static NodeSituation Blind() => Situations.Of(
        Situations.Spec(spec => spec.OperatingSystem = new()),
        observation: new() { Time = Situations.Now, Exists = Fact.Yes });
}

using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;
using Provisioning.Core.Status;

namespace Provisioning.Core.Tests.Status;

public sealed class NodeReportsTests
{
    [Fact]
    public void Every_fact_of_the_specification_is_shown()
    {
        var seen = Situations.Running with { EngineState = "running", EngineImage = Situations.Image.Digest, BootId = "b1", Ping = Fact.No };
        var report = Report(Situations.Of(observation: seen)).NodeStatusReport!;
        Assert.Equal(
            new()
            {
                Verdict = NodeVerdict.Ready,
                Reason = Reasons.AsDeclared,
                Exists = FactValue.Yes,
                Ping = FactValue.No,
                Ssh = FactValue.Yes,
                EngineState = "running",
                EngineImage = Situations.Image.Digest,
                ReportedImage = Situations.Image.RevisionId,
                Configured = FactValue.Yes,
                Tainted = FactValue.No,
                BootId = "b1",
            },
            report);
    }

    [Fact]
    public void A_machine_found_with_the_wanted_image_is_adopted()
    {
        var status = Report(Situations.Of(status: new()));
        Assert.Equal((LoadState.Adopted, Situations.Image.Name, "", Situations.Image.Name), (status.LoadedImage!.State, status.LoadedImage.Name, status.LoadedImage.Digest, status.CurrentImage));
        Assert.Equal(Situations.Image.Digest, Report(Situations.Of(status: new(), observation: Situations.Running with { EngineImage = Situations.Image.Digest })).LoadedImage!.Digest);
    }

    [Fact]
    public void A_machine_found_with_another_image_is_not_adopted()
    {
        var status = Report(Situations.Of(status: new(), observation: Situations.Running with { CurrentImage = CurrentImageReading.Image("old", "old@1") }));
        Assert.Null(status.LoadedImage);
        Assert.Equal("old", status.CurrentImage);
    }

    [Fact]
    public void A_machine_adopted_as_its_capture_begins_is_known_to_be_prepared_for_it()
    {
        var situation = Situations.Of(status: new()) with { Capture = Situations.Capture };
        var begun = new NodeStatus { Operation = Situations.Operation(OperationKind.Capture) };
        Assert.Equal("golden@1", NodeReports.WithObservation(begun, situation).LoadedImage!.PreparedForCapture);
    }

    [Fact]
    public void What_was_recorded_of_the_machine_of_another_provisioner_is_forgotten_but_not_its_host_keys_and_history()
    {
        var done = Situations.Done(OperationKind.Load, Situations.Now);
        var status = new NodeStatus
        {
            Provisioner = "former",
            Machine = "n1",
            LoadedImage = Situations.Loaded with { State = LoadState.Loading },
            CurrentImage = "x",
            Power = PowerValue.On,
            PowerOnDue = true,
            Retry = new() { Attempt = 3 },
            SshHostKeys = ["ssh-ed25519 AAAA"],
            History = [done],
        };
        var moved = NodeReports.ForMachine(status, "lab", "n1");
        Assert.Equal(new NodeStatus { Provisioner = "lab", Machine = "n1", Conditions = moved.Conditions, SshHostKeys = status.SshHostKeys, History = status.History }, moved);
        Assert.Equal(status, NodeReports.ForMachine(status, "former", "n1"));
        Assert.Equal(moved with { Provisioner = "former", Machine = "n2" }, NodeReports.ForMachine(status, "former", "n2") with { Conditions = moved.Conditions });
        Assert.Equal(status with { Provisioner = "lab" }, NodeReports.ForMachine(status with { Provisioner = null }, "lab", "n1"));
        Assert.Equal(status, NodeReports.ForMachine(status with { Machine = null }, "former", "n1"));
    }

    [Fact]
    public void Nothing_is_adopted_while_the_wanted_image_cannot_be_found()
    {
        var situation = Situations.Of(status: new()) with { DesiredImage = null, ImageObstacle = new(Reasons.ImageNotFound, "There is no such Image.", NeedsPerson: true) };
        var status = Report(situation);
        Assert.Null(status.LoadedImage);
        Assert.Equal((NodeVerdict.Unknown, Reasons.ImageNotFound), (status.NodeStatusReport!.Verdict, status.NodeStatusReport.Reason));
    }

    [Fact]
    public void The_time_of_verification_moves_when_the_verdict_returns_and_not_with_every_look()
    {
        var first = Report(Situations.Of(status: new() { LoadedImage = Situations.Loaded, NodeStatusReport = new() { Verdict = NodeVerdict.Unknown } }));
        Assert.Equal(Situations.Now, first.LoadedImage!.VerifiedTime);
        var second = Report(Situations.With(Situations.Of(), first, Situations.Now.AddHours(1)));
        Assert.Equal(first, second);
    }

    [Fact]
    public void What_was_last_known_stays_while_a_machine_is_off()
    {
        var status = Report(Situations.Of(status: new() { LoadedImage = Situations.Loaded, NodeStatusReport = new() { Verdict = NodeVerdict.Ready, BootId = "b1" } }, observation: Situations.Off));
        Assert.Equal((Situations.Loaded, Situations.Image.Name, "b1"), (status.LoadedImage, status.CurrentImage, status.NodeStatusReport!.BootId));
    }

    [Fact]
    public void A_missing_machine_runs_no_image() => Assert.Null(Report(Situations.Of(observation: Situations.Missing)).CurrentImage);

    [Theory]
    [InlineData(OperationKind.Load, null)]
    [InlineData(OperationKind.Unload, null)]
    [InlineData(OperationKind.PostLoad, "debian-12")]
    [InlineData(OperationKind.Capture, "debian-12")]
    [InlineData(OperationKind.PowerOff, "debian-12")]
    public void No_image_is_called_current_while_the_disk_may_change(OperationKind kind, string? expected)
    {
        var begun = new NodeStatus { LoadedImage = Situations.Loaded, CurrentImage = "debian-12", Operation = Situations.Operation(kind) };
        Assert.Equal(expected, NodeReports.WithObservation(begun, Situations.Of()).CurrentImage);
    }

    [Fact]
    public void A_half_loaded_machine_runs_no_image() =>
        Assert.Null(Report(Situations.Of(status: new() { LoadedImage = Situations.Loaded with { State = LoadState.Loading } })).CurrentImage);

    [Fact]
    public void The_tokens_of_a_new_Node_count_as_handled_also_when_nothing_could_be_seen()
    {
        var situation = Situations.Of(Situations.Spec(spec => (spec.ReloadToken, spec.PowerResetToken) = ("r1", "t1"))) with { Observation = null };
        situation.Node.Status = null;
        var status = NodeReports.WithObservation(new(), situation);
        Assert.Equal(("r1", "t1"), (status.HandledReloadToken, status.HandledPowerResetToken));
        Assert.IsNotType<NodeDecision.Begin>(NodeDecider.Decide(Situations.With(situation, status) with { Observation = Situations.Running }));
    }

    [Fact]
    public void What_machines_and_engines_say_is_cut_to_the_lengths_of_the_schema()
    {
        var giant = new string('g', 100_000);
        var seen = Situations.Running with { EngineState = giant, EngineImage = giant, BootId = giant, CurrentImage = CurrentImageReading.Image(giant, giant) };
        var status = Report(Situations.Of(status: new(), observation: seen));
        var report = status.NodeStatusReport!;
        Assert.Equal((64, 320, 320, 64, 253), (report.EngineState!.Length, report.EngineImage!.Length, report.ReportedImage!.Length, report.BootId!.Length, status.CurrentImage!.Length));
    }

    [Fact]
    public void The_wish_to_switch_on_after_a_capture_ends_once_the_machine_is_seen_on()
    {
        var due = new NodeStatus { LoadedImage = Situations.Loaded, PowerOnDue = true };
        Assert.False(Report(Situations.Of(status: due)).PowerOnDue);
        Assert.True(Report(Situations.Of(status: due, observation: Situations.Off)).PowerOnDue);
        Assert.True(Report(Situations.Of(status: due with { Operation = Situations.Operation(OperationKind.Capture) })).PowerOnDue);
    }

    private static NodeStatus Report(NodeSituation situation) => NodeReports.WithObservation(situation.Status, situation);
}

using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;

namespace Provisioning.Core.Tests.Decisions;

public sealed class OperationDecisionTests
{
    [Theory]
    [InlineData(OperationKind.Load)]
    [InlineData(OperationKind.PostLoad)]
    [InlineData(OperationKind.Capture)]
    [InlineData(OperationKind.PowerReset)]
    public void An_operation_under_way_goes_on(OperationKind kind) =>
        Assert.Equal("Continue", Decide(Situations.Operation(kind), capture: Situations.Capture));

    [Theory]
    [InlineData(OperationKind.Load, "Abandon Superseded")]
    [InlineData(OperationKind.PostLoad, "Abandon Superseded")]
    [InlineData(OperationKind.PowerOn, "Abandon Superseded")]
    [InlineData(OperationKind.PowerOff, "Continue")]
    [InlineData(OperationKind.Capture, "Continue")]
    public void Declaring_the_machine_off_stops_what_would_switch_it_on(OperationKind kind, string expected) =>
        Assert.Equal(expected, Decide(Situations.Operation(kind), spec => spec.PowerState = PowerState.PoweredOff, Situations.Capture));

    [Theory]
    [InlineData(OperationKind.Load)]
    [InlineData(OperationKind.PostLoad)]
    public void Another_image_supersedes(OperationKind kind)
    {
        Assert.Equal("Abandon Superseded", Decide(Situations.Operation(kind) with { TargetDigest = "sha256:" + new string('9', 64) }));
        Assert.Equal("Abandon Superseded", Decide(Situations.Operation(kind), spec => spec.ImageRef = null));
    }

    [Fact]
    public void A_load_that_recorded_its_file_is_finished_although_its_Image_was_deleted()
    {
        var operation = Situations.Operation(OperationKind.Load) with { Image = new() { FileName = "debian-12.qcow2" } };
        var situation = Running(operation) with { DesiredImage = null, ImageObstacle = new(Reasons.ImageNotFound, "Gone.", NeedsPerson: true) };
        Assert.IsType<NodeDecision.Continue>(NodeDecider.Decide(situation));
        situation.Node.Spec.ImageRef = null;
        Assert.Equal(Reasons.Superseded, Assert.IsType<NodeDecision.Abandon>(NodeDecider.Decide(situation)).Reason);
    }

    [Fact]
    public void A_load_that_did_not_record_its_file_is_given_up_when_its_Image_was_deleted()
    {
        var situation = Running(Situations.Operation(OperationKind.Load)) with { DesiredImage = null, ImageObstacle = new(Reasons.ImageNotFound, "Gone.", NeedsPerson: true) };
        Assert.Equal(Reasons.ImageNotFound, Assert.IsType<NodeDecision.Abandon>(NodeDecider.Decide(situation)).Reason);
    }

    [Fact]
    public void A_capture_whose_request_was_deleted_is_given_up() => Assert.Equal("Abandon Superseded", Decide(Situations.Operation(OperationKind.Capture)));

    [Theory]
    [InlineData(OperationKind.Load, HookStage.PostLoad, 1859, "Continue")]
    [InlineData(OperationKind.Load, HookStage.PostLoad, 1860, "Abandon NoProgress")]
    [InlineData(OperationKind.PostLoad, HookStage.PostLoad, 1859, "Continue")]
    [InlineData(OperationKind.Capture, HookStage.PreCapture, 1859, "Continue")]
    [InlineData(OperationKind.Load, HookStage.PreCapture, 1200, "Abandon NoProgress")]
    public void A_hook_may_be_silent_as_long_as_its_own_time_lasts(OperationKind kind, HookStage stage, int silentSeconds, string expected) =>
        Assert.Equal(expected, DecideSilent(kind, stage, silentSeconds, "machine-id"));

    [Theory]
    [InlineData(OperationKind.Load, HookStage.PostLoad)]
    [InlineData(OperationKind.Capture, HookStage.PreCapture)]
    public void Silence_before_and_after_the_hooks_is_a_standstill(OperationKind kind, HookStage stage)
    {
        Assert.Equal("Abandon NoProgress", DecideSilent(kind, stage, 1200));
        Assert.Equal("Abandon NoProgress", DecideSilent(kind, stage, 1200, "machine-id", "hook-short", "hook-long"));
        Assert.Equal("Continue", DecideSilent(kind, stage, 1200, "machine-id", "hook-short"));
    }

    /// <summary>Each of the image's own hooks has 300 s, also where the Provisioner is less patient with everything else.</summary>
    [Theory]
    [InlineData(OperationKind.Load, 359, "privileges", "Continue")]
    [InlineData(OperationKind.Load, 360, "privileges", "Abandon NoProgress")]
    [InlineData(OperationKind.Capture, 359, "privileges", "Continue")]
    [InlineData(OperationKind.Load, 100, "hooks", "Abandon NoProgress")]
    [InlineData(OperationKind.Load, 100, null, "Abandon NoProgress")]
    public void A_hook_in_the_image_may_be_silent_as_long_as_its_own_time_lasts(OperationKind kind, int silentSeconds, string? reported, string expected)
    {
        var operation = Situations.Operation(kind) with { LastProgressTime = Situations.Now.AddSeconds(-silentSeconds), Steps = reported is null ? [] : [new StepReport { Name = reported }] };
        var situation = Running(operation) with { Capture = Situations.Capture };
        situation.Provisioner!.Timeouts.NoProgressSeconds = 100;
        Assert.Equal(expected, DecisionExamplesTests.Describe(NodeDecider.Decide(situation)));
    }

    [Fact]
    public void A_deadline_and_silence_each_end_an_operation()
    {
        Assert.Equal("Abandon DeadlineExceeded", Decide(Situations.Operation(OperationKind.Load) with { DeadlineTime = Situations.Now }));
        Assert.Equal("Abandon NoProgress", Decide(Situations.Operation(OperationKind.Load) with { LastProgressTime = Situations.Now.AddSeconds(-1200) }));
        Assert.Equal("Continue", Decide(Situations.Operation(OperationKind.Load) with { LastProgressTime = Situations.Now.AddSeconds(-1199) }));
    }

    [Fact]
    public void The_clocks_of_an_operation_that_waits_for_a_place_stand_still_and_who_does_not_want_it_is_heard()
    {
        var situation = Running(Situations.Operation(OperationKind.Load) with { DeadlineTime = Situations.Now, LastProgressTime = Situations.Now.AddDays(-1) });
        situation = Situations.With(situation, situation.Status with { Queue = new() { Position = 1, SinceTime = Situations.Now.AddHours(-1) } });
        Assert.IsType<NodeDecision.Continue>(NodeDecider.Decide(situation));

        situation.Node.Spec.ImageRef = null;
        Assert.Equal("Abandon Superseded", DecisionExamplesTests.Describe(NodeDecider.Decide(situation)));
    }

    [Fact]
    public void An_operation_without_its_provisioner_stalls_with_the_way_out()
    {
        var situation = Running(Situations.Operation(OperationKind.Load)) with { Provisioner = null };
        var stall = Assert.IsType<NodeDecision.Stall>(NodeDecider.Decide(situation));
        Assert.Equal(Reasons.ProvisionerNotFound, stall.Reason);
        Assert.Contains("Create it again", stall.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "Stall SecretInvalid")]
    [InlineData(false, "LookAgain SecretInvalid")]
    public void An_operation_without_its_secret_waits_and_names_the_cause_even_past_its_deadline(bool needsPerson, string expected)
    {
        var situation = Running(Situations.Operation(OperationKind.Load) with { DeadlineTime = Situations.Now }) with { Obstacle = new(Reasons.SecretInvalid, "There is no Secret login. Create it.", needsPerson) };
        Assert.Equal(expected, DecisionExamplesTests.Describe(NodeDecider.Decide(situation)));
    }

    [Theory]
    [InlineData(OperationKind.Load)]
    [InlineData(OperationKind.Capture)]
    [InlineData(OperationKind.PowerOff)]
    public void A_Node_that_names_another_provisioner_gives_its_operation_up_at_the_former_one_even_if_that_is_gone(OperationKind kind)
    {
        var situation = Running(Situations.Operation(kind)) with { Capture = Situations.Capture };
        situation = Situations.With(situation, situation.Status with { Provisioner = "former" });
        var abandon = Assert.IsType<NodeDecision.Abandon>(NodeDecider.Decide(situation));
        Assert.Equal((Reasons.Superseded, "spec.provisionerRef was changed from former to lab."), (abandon.Reason, abandon.Message));
        Assert.Equal(abandon, NodeDecider.Decide(situation with { Provisioner = null, Obstacle = new(Reasons.ProvisionerNotFound, "Gone.", NeedsPerson: true) }));
        Assert.Equal("former", NodeSituation.ProvisionerOf(situation.Node));
    }

    [Theory]
    [InlineData(OperationKind.Load)]
    [InlineData(OperationKind.Capture)]
    [InlineData(OperationKind.PowerOff)]
    public void A_Node_that_names_another_machine_gives_its_operation_up_at_the_former_one(OperationKind kind)
    {
        var situation = Running(Situations.Operation(kind), spec => spec.MachineName = "rack-2") with { Capture = Situations.Capture };
        situation = Situations.With(situation, situation.Status with { Machine = "rack-1" });
        var abandon = Assert.IsType<NodeDecision.Abandon>(NodeDecider.Decide(situation));
        Assert.Equal((Reasons.Superseded, "The machine that the Node names was changed from rack-1 to rack-2 (spec.machineName)."), (abandon.Reason, abandon.Message));
        Assert.Equal("rack-1", NodeSituation.MachineOf(situation.Node));
        Assert.IsType<NodeDecision.Continue>(NodeDecider.Decide(Situations.With(situation, situation.Status with { Machine = null })));
        // Without its Provisioner it cannot be stopped, and is not let go.
        Assert.IsType<NodeDecision.Stall>(NodeDecider.Decide(situation with { Provisioner = null, Obstacle = new(Reasons.ProvisionerNotFound, "Gone.", NeedsPerson: true) }));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("lab")]
    public void An_operation_goes_on_at_its_provisioner_and_one_that_was_recorded_without_at_that_of_the_spec(string? recorded)
    {
        var situation = Running(Situations.Operation(OperationKind.Load));
        situation = Situations.With(situation, situation.Status with { Provisioner = recorded });
        Assert.IsType<NodeDecision.Continue>(NodeDecider.Decide(situation));
        Assert.Equal("lab", NodeSituation.ProvisionerOf(situation.Node));
    }

    [Fact]
    public void Under_Observe_an_operation_is_held_where_it_is() =>
        Assert.Equal("Hold", Decide(Situations.Operation(OperationKind.Load), spec => spec.ManagementPolicy = ManagementPolicy.Observe));

    [Fact]
    public void A_finished_operation_is_settled_and_a_finished_capture_awaits_its_request()
    {
        Assert.Equal("Settle", Decide(Situations.Operation(OperationKind.Load, OperationPhase.Failed)));
        Assert.Equal("AwaitCapture", Decide(Situations.Operation(OperationKind.Capture, OperationPhase.Succeeded), capture: Situations.Capture));
        Assert.Equal("Settle", Decide(Situations.Operation(OperationKind.Capture, OperationPhase.Succeeded), capture: Situations.Capture with { IsFinished = true }));
        Assert.Equal("Settle", Decide(Situations.Operation(OperationKind.Capture, OperationPhase.Succeeded)));
    }

    private static string DecideSilent(OperationKind kind, HookStage stage, int seconds, params string[] reported) => Decide(
        Situations.Operation(kind) with { LastProgressTime = Situations.Now.AddSeconds(-seconds), Steps = [.. reported.Select(name => new StepReport { Name = name })] },
        spec => spec.OperatingSystem.Hooks = [new() { Name = "long", Stage = stage, TimeoutSeconds = 1800 }, new() { Name = "short", Stage = stage }],
        Situations.Capture);

    private static string Decide(OperationStatus operation, Action<NodeSpec>? change = null, CaptureRequest? capture = null) =>
        DecisionExamplesTests.Describe(NodeDecider.Decide(Running(operation, change) with { Capture = capture }));

    private static NodeSituation Running(OperationStatus operation, Action<NodeSpec>? change = null) =>
        Situations.Of(Situations.Spec(change), new() { LoadedImage = Situations.Loaded, Operation = operation }) with { Observation = null };
}

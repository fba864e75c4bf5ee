using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;
using Provisioning.Core.Verdict;

namespace Provisioning.Core.Tests.Decisions;

/// <summary>What waits for an approval under changePolicy Approve, and which plan is which.</summary>
public sealed class ApprovalTests
{
    private static readonly DesiredImage Other = Situations.Image with { Name = "debian-13", Revision = "8", Digest = "sha256:" + new string('e', 64) };

    private static readonly Dictionary<string, (NodeSituation Situation, string Decision)> Cases = new()
    {
        ["All is as declared"] = (Approve(), "Rest AsDeclared"),
        ["Another image is wanted"] = (Approve() with { DesiredImage = Other }, "Stall PendingApproval"),
        ["A reload is asked for"] = (Status(Approve(spec => spec.ReloadToken = "r2"), status => status with { HandledReloadToken = "r1" }), "Stall PendingApproval"),
        ["A user may have changed the machine"] = (Approve() with { Observation = Situations.Running with { Tainted = Fact.Yes } }, "Stall PendingApproval"),
        ["There is no machine yet, so there is nothing to lose"] = (Approve() with { Observation = Situations.Missing }, "Begin Load MachineMissing"),
        ["A load left the disk half written: what is left of the old one is asked for"] = (Status(Approve(), status => status with { LoadedImage = Situations.Loaded with { State = LoadState.Loading } }), "Stall PendingApproval"),
        ["Configuring destroys nothing"] = (Approve() with { Observation = Situations.Running with { Configured = Fact.No } }, "Begin PostLoad NotConfigured"),
        ["Powering on destroys nothing"] = (Approve() with { Observation = Situations.Off }, "Begin PowerOn OperationRunning"),
        ["Powering off destroys nothing"] = (Approve(spec => spec.PowerState = PowerState.PoweredOff), "Begin PowerOff OperationRunning"),
        ["A reset destroys nothing"] = (Status(Approve(spec => spec.PowerResetToken = "t2"), status => status with { HandledPowerResetToken = "t1" }), "Begin PowerReset OperationRunning"),
        ["A capture prepares the machine"] = (Approve() with { Capture = Situations.Capture }, "Stall PendingApproval"),
        ["A capture shuts the machine down"] = (Approve() with { Capture = Unprepared }, "Stall PendingApproval"),
        ["A capture of a machine that is off, as it is"] = (Approve(spec => spec.PowerState = PowerState.PoweredOff) with { Capture = Unprepared, Observation = Situations.Off }, "Begin Capture OperationRunning"),
        ["A capture of a configuration, which has no power"] = (Approve() with { Capture = Unprepared, Observation = Situations.Running with { Power = PowerReading.Unknown(Reasons.NotSupported) } }, "Begin Capture OperationRunning"),
        ["Only observed: no approval is asked for"] = (Approve(spec => spec.ManagementPolicy = ManagementPolicy.Observe) with { DesiredImage = Other }, "Stall ObserveOnly"),
        ["What the engine lacks is told before an approval is asked for"] = (Approve() with { DesiredImage = Other, Supported = new HashSet<OperationKind>() }, "Stall NotSupported"),
        ["An operation under way needs no approval"] = (Status(Approve(), status => status with { Operation = Situations.Operation(OperationKind.Load) }), "Continue"),
    };

    private static CaptureRequest Unprepared => Situations.Capture with { PreparesOperatingSystem = false };

    public static TheoryData<string> CaseNames => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(CaseNames))]
    public void Next(string name)
    {
        var (situation, expected) = Cases[name];
        Assert.Equal(expected, DecisionExamplesTests.Describe(NodeDecider.Decide(situation)));
    }

    [Fact]
    public void The_message_says_what_is_lost_what_is_loaded_and_how_to_approve_it()
    {
        var stall = Assert.IsType<NodeDecision.Stall>(NodeDecider.Decide(Approve() with { DesiredImage = Other }));
        var plan = stall.Plan!;
        Assert.Equal((OperationKind.Load, "debian-13", "8", Other.Digest), (plan.Kind, plan.Image, plan.Revision, plan.Digest));
        Assert.Equal(
            $"Load of debian-13 revision 8 ({Other.Digest}) waits for an approval, because changePolicy is Approve. All that is on the machine's disk is lost (debian-12 revision 7). "
            + $"To approve just this: kubectl provision approve n1 -n default --plan {plan.Id}, or set spec.approvedPlan to {plan.Id}. Loading debian-13: debian-12 revision 7 is on the machine, debian-13 revision 8 is wanted.",
            stall.Message);
    }

    [Fact]
    public void A_longer_message_than_the_schema_takes_never_loses_the_command()
    {
        var longest = new DesiredImage(new string('i', 253), new string('r', 64), Other.Digest);
        var stall = Assert.IsType<NodeDecision.Stall>(NodeDecider.Decide(Status(Approve(), status => status with { LoadedImage = Situations.Loaded with { Name = new string('o', 253), Revision = new string('s', 64) } }) with { DesiredImage = longest }));
        Assert.True(stall.Message.IndexOf($"--plan {stall.Plan!.Id}", StringComparison.Ordinal) is > 0 and < 1024, stall.Message);
    }

    [Fact]
    public void What_was_approved_begins_and_carries_its_plan()
    {
        var waiting = Approve() with { DesiredImage = Other };
        var begin = Assert.IsType<NodeDecision.Begin>(NodeDecider.Decide(Approved(waiting, PlanOf(waiting))));
        Assert.Equal(PlanOf(waiting), begin.Plan);
    }

    [Fact]
    public void Each_thing_that_changes_what_would_be_done_gives_another_plan()
    {
        var waiting = Approve() with { DesiredImage = Other };
        string[] plans =
        [
            PlanOf(waiting),
            PlanOf(waiting with { DesiredImage = Other with { Digest = "sha256:" + new string('d', 64) } }),
            PlanOf(SituationSpace.WithSpec(waiting, spec => spec.ReloadToken = "r9")),
            PlanOf(SituationSpace.WithSpec(waiting, spec => spec.MachineName = "rack-7")),
            PlanOf(SituationSpace.WithSpec(waiting, spec => spec.ProvisionerRef = new() { Name = "elsewhere" })),
            PlanOf(Status(waiting, status => status with { HandledPlan = "load-0123456789abcdef" })),
            PlanOf(OfNode(waiting, "another-uid")),
            PlanOf(waiting with { Capture = Situations.Capture }),
            PlanOf(waiting with { Capture = Situations.Capture with { Uid = "another-capture" } }),
        ];
        Assert.Equal(plans.Length, plans.Distinct().Count());
        Assert.All(plans, plan => Assert.Matches(Api.Meta.Patterns.Plan, plan));
    }

    [Fact]
    public void What_changes_nothing_about_it_gives_the_same_plan()
    {
        var waiting = Approve() with { DesiredImage = Other };
        Assert.Equal(PlanOf(waiting), PlanOf(waiting with { Now = waiting.Now.AddDays(3), Circumstances = "9/9/9" }));
        Assert.Equal(PlanOf(waiting), PlanOf(Approved(waiting, "load-0123456789abcdef")));
    }

    [Fact]
    public void An_approval_of_another_plan_does_nothing()
    {
        var waiting = Approve() with { DesiredImage = Other };
        var before = Assert.IsType<NodeDecision.Stall>(NodeDecider.Decide(waiting));
        Assert.Equal(before, NodeDecider.Decide(Approved(waiting, "load-0123456789abcdef")));
    }

    [Fact]
    public void A_failed_attempt_at_what_was_allowed_is_repeated_without_being_approved_again()
    {
        var missing = Approve() with { Observation = Situations.Missing };
        var begin = Assert.IsType<NodeDecision.Begin>(NodeDecider.Decide(missing));
        var failed = Status(missing, status => status with
        {
            LoadedImage = Situations.Loaded with { State = LoadState.Loading },
            Retry = new() { Goal = begin.Goal, Attempt = 1, DestructiveAttempts = 1, Reason = Reasons.CommandFailed, Message = "It failed.", NextTime = Situations.Now },
        }) with { Observation = Situations.Running };
        Assert.Equal("Begin Load LoadIncomplete", DecisionExamplesTests.Describe(NodeDecider.Decide(failed)));
        Assert.Equal("Stall PendingApproval", DecisionExamplesTests.Describe(NodeDecider.Decide(failed with { Circumstances = "4/1/1" })));
    }

    [Fact]
    public void Under_Automatic_a_destructive_operation_carries_its_plan_so_that_no_old_approval_holds_later()
    {
        var automatic = Situations.Of() with { DesiredImage = Other };
        Assert.Equal(PlanOf(Approve() with { DesiredImage = Other }), Assert.IsType<NodeDecision.Begin>(NodeDecider.Decide(automatic)).Plan);
    }

    [Fact]
    public void An_unload_at_deletion_waits_for_its_approval_and_without_one_the_machine_is_left_and_named()
    {
        var deleted = Deleted();
        var plan = PlanOf(deleted);
        Assert.Equal("Begin Unload Deleting", DecisionExamplesTests.Describe(NodeDecider.Decide(Approved(deleted, plan))));

        var waited = Situations.With(deleted, deleted.Status with { PendingPlan = Assert.IsType<NodeDecision.Stall>(NodeDecider.Decide(deleted)).Plan }, deleted.Now + DeletionOutlook.Grace);
        var release = Assert.IsType<NodeDecision.Release>(NodeDecider.Decide(waited));
        Assert.Contains($"the plan {plan} was not approved", release.LeftBehind, StringComparison.Ordinal);
    }

    private static NodeSituation Deleted() => Situations.Of(
        Situations.Spec(spec => (spec.DeletionPolicy, spec.ChangePolicy) = (DeletionPolicy.Unload, ChangePolicy.Approve)), deleted: Situations.Now.AddMinutes(-1));

    private static string PlanOf(NodeSituation situation) => Assert.IsType<NodeDecision.Stall>(NodeDecider.Decide(situation)).Plan!.Id;

    private static NodeSituation Approved(NodeSituation situation, string plan) => SituationSpace.WithSpec(situation, spec => spec.ApprovedPlan = plan);

    private static NodeSituation OfNode(NodeSituation situation, string uid) => situation with
    {
        Node = new() { Metadata = new() { Name = "n1", Namespace = "default", Uid = uid, Generation = 3, Finalizers = [ApiGroup.Finalizer] }, Spec = situation.Node.Spec, Status = situation.Node.Status },
    };

    private static NodeSituation Approve(Action<NodeSpec>? change = null) => Situations.Of(Situations.Spec(spec =>
    {
        spec.ChangePolicy = ChangePolicy.Approve;
        change?.Invoke(spec);
    }));

    private static NodeSituation Status(NodeSituation situation, Func<NodeStatus, NodeStatus> change) => Situations.With(situation, change(situation.Status));
}

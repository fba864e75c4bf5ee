using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;

namespace Provisioning.Core.Tests.Decisions;

/// <summary>Rules that hold for every combination of what a decision depends on.</summary>
public sealed class DecisionRulesTests
{
    private static readonly Dictionary<string, Func<NodeSituation, NodeDecision, bool>> Rules = new()
    {
        ["the same situation gives the same decision"] = (s, d) => NodeDecider.Decide(s) == d,
        ["a paused Node is held, whatever else is the case"] = (s, d) => IsDeleted(s) || s.Node.Spec.ManagementPolicy != ManagementPolicy.Paused || d is NodeDecision.Hold,
        ["nothing begins and nothing is stopped unless the policy is Manage"] = (s, d) =>
            s.Node.Spec.ManagementPolicy == ManagementPolicy.Manage || d is not (NodeDecision.Begin or NodeDecision.Abandon or NodeDecision.Continue),
        ["nothing begins while an operation is on record"] = (s, d) => s.Status.Operation is null || d is not NodeDecision.Begin,
        ["only what is on record is continued, stopped, settled or awaited"] = (s, d) => d switch
        {
            NodeDecision.Continue or NodeDecision.Abandon => s.Status.Operation is { Phase: OperationPhase.Running },
            NodeDecision.Settle or NodeDecision.AwaitCapture => s.Status.Operation is { Phase: not OperationPhase.Running },
            _ => true,
        },
        ["only verbs that the engine has begin"] = (s, d) => d is not NodeDecision.Begin begin || s.Supported.Contains(begin.Kind),
        ["nothing begins unseen or past an obstacle"] = (s, d) => d is not NodeDecision.Begin || (s.Observation is not null && (s.Obstacle is null || IsDeleted(s))),
        ["a load begins only on a certain Reload, or when a new token asks for it"] = (s, d) =>
            !Begins(d, OperationKind.Load) || (!s.Observation!.Exists.IsUnknown && (s.Verdict!.Verdict == NodeVerdict.Reload || HasNewReload(s))),
        ["an image that cannot be used is not loaded"] = (s, d) => s.ImageObstacle is null || !Begins(d, OperationKind.Load),
        ["nothing on the disk changes while it is unknown whether the machine exists"] = (s, d) =>
            s.Observation is not { Exists.IsUnknown: true } || d is not NodeDecision.Begin { Kind: OperationKind.Load or OperationKind.PostLoad or OperationKind.Capture or OperationKind.Unload },
        ["post-load begins only on the verdict PostLoad"] = (s, d) => !Begins(d, OperationKind.PostLoad) || s.Verdict!.Verdict == NodeVerdict.PostLoad,
        ["a machine declared off is neither loaded nor switched on nor reset"] = (s, d) =>
            s.Node.Spec.PowerState != PowerState.PoweredOff || d is not NodeDecision.Begin { Kind: OperationKind.Load or OperationKind.PostLoad or OperationKind.PowerOn or OperationKind.PowerReset },
        ["a machine not declared off is switched off only by deletion"] = (s, d) => s.Node.Spec.PowerState == PowerState.PoweredOff || IsDeleted(s) || !Begins(d, OperationKind.PowerOff),
        ["unload begins only by deletion with that policy"] = (s, d) => !Begins(d, OperationKind.Unload) || (IsDeleted(s) && s.Node.Spec.DeletionPolicy == DeletionPolicy.Unload),
        ["deletion begins nothing but unload and power off"] = (s, d) => !IsDeleted(s) || d is not NodeDecision.Begin begin || begin.Kind is OperationKind.Unload or OperationKind.PowerOff,
        ["only a deleted Node is released, and none past its grace is kept"] = (s, d) => IsDeleted(s)
            ? s.Now - s.Node.Metadata.DeletionTimestamp < DeletionOutlook.Grace || d is NodeDecision.Release or NodeDecision.Hold
            : d is not NodeDecision.Release,
        ["a released Node says what was left behind, if its policy asked for more than retaining"] = (s, d) =>
            d is not NodeDecision.Release release || s.Node.Spec.DeletionPolicy == DeletionPolicy.Retain || release.LeftBehind is not null
            || s.Observation is { Exists.IsNo: true } or { Power.Value: PowerValue.Off },
        ["a reset begins only for a new token on a machine that is on"] = (s, d) =>
            !Begins(d, OperationKind.PowerReset) || (s.Node.Spec.PowerResetToken != s.Status.HandledPowerResetToken && s.Observation!.Power.Value == PowerValue.On),
        ["a capture begins only while one waits, and of a whole machine"] = (s, d) =>
            !Begins(d, OperationKind.Capture) || (s.Capture is { IsFinished: false } && s.Observation!.Exists.IsYes && s.Status.LoadedImage is not { State: LoadState.Loading }),
        ["the result of a capture is not dropped before it is taken over"] = (s, d) =>
            d is not NodeDecision.Settle || s.Status.Operation is not { Kind: OperationKind.Capture } operation || s.Capture is not { IsFinished: false } capture || capture.Uid != operation.CaptureUid,
        ["under Approve nothing that destroys something begins without an approval of just that, but for a repetition or where there is nothing to lose"] = (s, d) =>
            s.Node.Spec.ChangePolicy != ChangePolicy.Approve || d is not NodeDecision.Begin begin || begin.Plan is null || begin.Plan == s.Node.Spec.ApprovedPlan
            || (s.Status.Retry is { Attempt: > 0 } retry && retry.Goal == begin.Goal),
        ["a load that erases, an unload and a capture that shuts down have a plan, and nothing else"] = (s, d) =>
            d is not NodeDecision.Begin begin || (begin.Plan is not null) == Destroys(s, begin),
        ["only what waits for an approval has a pending plan, and its message names it with the image and its digest"] = (s, d) =>
            d is not NodeDecision.Stall stall || (stall.Reason == Reasons.PendingApproval) == stall.Plan is not null
            && (stall.Plan is not { } plan || (stall.Message.Contains($"--plan {plan.Id}", StringComparison.Ordinal) && stall.Message.Contains(plan.Digest ?? plan.Image ?? "disk is lost", StringComparison.Ordinal))),
        ["approving what is pending lets just that begin"] = (s, d) => d is not NodeDecision.Stall { Plan: { } plan } || BeginsWhenApproved(s, plan),
        ["nothing waits for an approval under Automatic"] = (s, d) => s.Node.Spec.ChangePolicy == ChangePolicy.Approve || d is not NodeDecision.Stall { Reason: Reasons.PendingApproval },
        ["rest means as declared"] = (s, d) => d is not NodeDecision.Rest || IsAsDeclared(s),
        ["a wait lies in the future"] = (s, d) => d is not NodeDecision.WaitToRetry wait || wait.Until > s.Now,
        ["a stall says what is the case and names its reason"] = (s, d) => d is not NodeDecision.Stall stall || (stall.Reason.Length > 0 && stall.Message.Length > 20 && stall.Message.EndsWith('.')),
        ["looking again names its reason"] = (s, d) => d is not NodeDecision.LookAgain look || (look.Reason.Length > 0 && look.Message.Length > 0),
        ["a failed goal is not tried before its time, nor a destructive one too often"] = (s, d) =>
            d is not NodeDecision.Begin begin || s.Status.Retry is not { Attempt: > 0 } retry || retry.Goal != begin.Goal
            || (retry.NextTime <= s.Now && (retry.DestructiveAttempts < 5 || begin.Kind is not (OperationKind.Load or OperationKind.Unload))),
    };

    private static readonly Lazy<EveryDecision> Walk = new(() => new EveryDecision(Rules));

    public static TheoryData<string> RuleNames => [.. Rules.Keys];

    [Theory]
    [MemberData(nameof(RuleNames))]
    public void In_every_situation(string rule) => Assert.Empty(Walk.Value.ViolationsOf(rule));

    [Fact]
    public void The_situations_reach_every_kind_of_decision()
    {
        string[] kinds = [nameof(NodeDecision.Rest), nameof(NodeDecision.Hold), nameof(NodeDecision.LookAgain), nameof(NodeDecision.WaitToRetry), nameof(NodeDecision.Stall), nameof(NodeDecision.Continue), nameof(NodeDecision.Abandon), nameof(NodeDecision.Settle), nameof(NodeDecision.AwaitCapture), nameof(NodeDecision.Release)];
        Assert.Empty(kinds.Concat(Enum.GetNames<OperationKind>().Select(kind => $"Begin {kind}")).Except(Walk.Value.Reached));
        Assert.True(Walk.Value.Count > 400_000, $"Only {Walk.Value.Count} situations were made.");
    }

    private static bool IsDeleted(NodeSituation s) => s.Node.Metadata.DeletionTimestamp is not null;

    private static bool Begins(NodeDecision d, OperationKind kind) => d is NodeDecision.Begin begin && begin.Kind == kind;

    private static bool Destroys(NodeSituation s, NodeDecision.Begin begin) => begin.Kind switch
    {
        OperationKind.Load => !s.Observation!.Exists.IsNo,
        OperationKind.Capture => begin.Capture!.PreparesOperatingSystem || s.Observation!.Power.Value == PowerValue.On,
        OperationKind.Unload => true,
        _ => false,
    };

    private static bool BeginsWhenApproved(NodeSituation s, PendingPlan plan)
    {
        var approved = SituationSpace.WithSpec(s, spec => spec.ApprovedPlan = plan.Id);
        var another = SituationSpace.WithSpec(s, spec => spec.ApprovedPlan = "load-0000000000000000");
        return NodeDecider.Decide(approved) is NodeDecision.Begin begin && begin.Kind == plan.Kind && begin.Plan == plan.Id && NodeDecider.Decide(another) == NodeDecider.Decide(s);
    }

    private static bool HasNewReload(NodeSituation s) => s.Node.Spec.ReloadToken is { } token && token != s.Status.HandledReloadToken;

    private static bool IsAsDeclared(NodeSituation s)
    {
        var observation = s.Observation!;
        if (s.Node.Spec.PowerState == PowerState.PoweredOff)
            return observation.Power.Value == PowerValue.Off || (observation.Exists.IsNo && observation.Power.Value == PowerValue.Unknown && !observation.Ssh.IsYes);

        var isOn = observation.Power.Value == PowerValue.On || (observation.Power.Value == PowerValue.Unknown && observation.Ssh.IsYes);
        var powerFits = s.Node.Spec.PowerState is null || isOn;
        var imageFits = s.Node.Spec.ImageRef is null || s.Verdict!.Verdict == NodeVerdict.Ready
            || (s.Node.Spec.PowerState is null && s.Verdict.Reason == Reasons.PoweredOff && s.Status.LoadedImage?.Digest == s.DesiredImage?.Digest);
        return powerFits && imageFits && (s.DesiredImage is null || !HasNewReload(s)) && s.Capture is null or { IsFinished: true };
    }
}

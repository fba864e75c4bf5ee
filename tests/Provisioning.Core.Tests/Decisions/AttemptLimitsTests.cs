using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;

namespace Provisioning.Core.Tests.Decisions;

public sealed class AttemptLimitsTests
{
    private static readonly RetryStatus Failed = new()
    {
        Attempt = 2,
        DestructiveAttempts = 2,
        Reason = Reasons.CommandFailed,
        Message = "qemu-img failed.",
        NextTime = Situations.Now.AddSeconds(7),
        Goal = $"Load:{Situations.Image.Digest}|{Situations.Circumstances}",
    };

    [Fact]
    public void A_failed_load_waits_for_its_time() => Assert.Equal(new NodeDecision.WaitToRetry(Situations.Now.AddSeconds(7)), Decide(Failed));

    [Fact]
    public void It_begins_when_due() => Assert.IsType<NodeDecision.Begin>(Decide(Failed with { NextTime = Situations.Now }));

    [Fact]
    public void A_changed_circumstance_makes_it_begin_at_once() => Assert.IsType<NodeDecision.Begin>(Decide(Failed with { Attempt = 9, DestructiveAttempts = 9, Goal = $"Load:{Situations.Image.Digest}|other" }));

    [Fact]
    public void A_load_that_has_only_begun_has_not_failed() => Assert.IsType<NodeDecision.Begin>(Decide(new() { Goal = Failed.Goal }));

    [Fact]
    public void After_its_attempts_a_load_stalls_without_promising_another()
    {
        var stall = Assert.IsType<NodeDecision.Stall>(Decide(Failed with { Attempt = 5, DestructiveAttempts = 5 }));
        Assert.Equal(Reasons.AttemptsExhausted, stall.Reason);
        Assert.Contains("qemu-img failed.", stall.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Attempts_that_left_the_machine_untouched_wait_ever_longer_and_never_end()
    {
        var retry = Failed with { Attempt = 99, DestructiveAttempts = 4 };
        Assert.IsType<NodeDecision.WaitToRetry>(Decide(retry));
        Assert.IsType<NodeDecision.Begin>(Decide(retry with { NextTime = Situations.Now }));
        Assert.IsType<NodeDecision.Stall>(Decide(retry with { NextTime = Situations.Now, DestructiveAttempts = 5 }));
    }

    [Fact]
    public void The_limit_holds_also_where_a_person_is_needed()
    {
        Assert.IsType<NodeDecision.Begin>(Decide(Failed with { NeedsPerson = true, NextTime = Situations.Now }));
        Assert.IsType<NodeDecision.Stall>(Decide(Failed with { NeedsPerson = true, NextTime = Situations.Now, Attempt = 5, DestructiveAttempts = 5 }));
    }

    [Fact]
    public void Without_a_next_time_nothing_is_tried_again() => Assert.IsType<NodeDecision.Stall>(Decide(Failed with { NextTime = null, NeedsPerson = true }));

    [Fact]
    public void A_power_action_is_tried_for_ever()
    {
        var retry = Failed with { Attempt = 99, NextTime = Situations.Now, Goal = $"PowerOn:on|{Situations.Circumstances}" };
        Assert.IsType<NodeDecision.Begin>(NodeDecider.Decide(Situations.Of(status: new() { LoadedImage = Situations.Loaded, Retry = retry }, observation: Situations.Off)));
    }

    [Fact]
    public void A_reset_of_unknown_outcome_is_not_repeated_not_even_after_a_change_of_the_spec()
    {
        var retry = new RetryStatus { Attempt = 1, Reason = Reasons.OutcomeUnknown, Message = "The host did not answer.", NextTime = Situations.Now.AddMinutes(-1), Goal = "PowerReset:t2|an older generation" };
        var situation = Situations.Of(Situations.Spec(spec => spec.PowerResetToken = "t2"), new() { LoadedImage = Situations.Loaded, HandledPowerResetToken = "t1", Retry = retry });
        Assert.Equal(Reasons.OutcomeUnknown, Assert.IsType<NodeDecision.Stall>(NodeDecider.Decide(situation)).Reason);
        situation.Node.Status!.HandledPowerResetToken = "t2";
        Assert.Equal(Reasons.OutcomeUnknown, Assert.IsType<NodeDecision.Stall>(NodeDecider.Decide(situation)).Reason);
        situation.Node.Spec.PowerResetToken = "t3";
        Assert.Equal(OperationKind.PowerReset, Assert.IsType<NodeDecision.Begin>(NodeDecider.Decide(situation)).Kind);
        situation.Node.Spec.PowerResetToken = null;
        Assert.IsType<NodeDecision.Rest>(NodeDecider.Decide(situation));
    }

    [Fact]
    public void A_load_that_succeeds_without_effect_slows_down_and_then_stalls()
    {
        // An image that carries a taint mark inside: each load succeeds, and each look says Reload.
        var situation = Situations.Of(observation: Situations.Running with { Tainted = Fact.Yes });
        var history = new List<OperationRecord>();
        var now = Situations.Now;
        for (var loads = 1; loads <= 5; loads++)
        {
            history.Insert(0, Situations.Done(OperationKind.Load, now, Situations.Image.Name));
            situation = Situations.With(situation, new() { LoadedImage = Situations.Loaded, History = [.. history] }, now);
            if (loads == 5)
                break;
            var wait = Assert.IsType<NodeDecision.WaitToRetry>(NodeDecider.Decide(situation));
            now = wait.Until;
            Assert.IsType<NodeDecision.Begin>(NodeDecider.Decide(situation with { Now = now }));
            now = now.AddMinutes(1);
        }

        Assert.Equal(Reasons.AttemptsExhausted, Assert.IsType<NodeDecision.Stall>(NodeDecider.Decide(situation)).Reason);
        Assert.IsType<NodeDecision.Stall>(NodeDecider.Decide(situation with { Now = now.AddDays(30) }));
        situation.Node.Spec.ReloadToken = "again";
        Assert.IsType<NodeDecision.Begin>(NodeDecider.Decide(situation));
    }

    [Fact]
    public void A_machine_destroyed_long_after_its_load_is_repaired_at_once()
    {
        var history = Enumerable.Range(1, 5).Select(day => Situations.Done(OperationKind.Load, Situations.Now.AddDays(-day), Situations.Image.Name));
        var situation = Situations.Of(status: new() { LoadedImage = Situations.Loaded, History = [.. history] }, observation: Situations.Missing);
        Assert.IsType<NodeDecision.Begin>(NodeDecider.Decide(situation));
    }

    [Fact]
    public void A_machine_that_switches_itself_off_is_not_switched_on_at_full_speed()
    {
        var history = new[] { Situations.Done(OperationKind.PowerOn, Situations.Now), Situations.Done(OperationKind.PowerOn, Situations.Now.AddMinutes(-1)) };
        var situation = Situations.Of(status: new() { LoadedImage = Situations.Loaded, History = history }, observation: Situations.Off);
        Assert.Equal(new NodeDecision.WaitToRetry(Situations.Now.AddSeconds(10)) { Repetitions = 2 }, NodeDecider.Decide(situation));
    }

    private static NodeDecision Decide(RetryStatus retry) =>
        NodeDecider.Decide(Situations.Of(status: new() { LoadedImage = Situations.Loaded, Retry = retry }, observation: Situations.Missing));
}

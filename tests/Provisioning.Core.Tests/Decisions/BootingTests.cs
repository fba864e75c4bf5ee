using Provisioning.Api;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;
using Provisioning.Core.Status;
using Provisioning.Core.Tests.Health;

namespace Provisioning.Core.Tests.Decisions;

public sealed class BootingTests
{
    private static readonly DateTimeOffset Started = Situations.Now.AddSeconds(-60);

    [Theory]
    [InlineData(OperationKind.PowerOn, Reasons.Booting)]
    [InlineData(OperationKind.PowerReset, Reasons.Booting)]
    [InlineData(OperationKind.Load, Reasons.Booting)]
    [InlineData(OperationKind.PostLoad, Reasons.SshUnreachable)]
    [InlineData(OperationKind.Capture, Reasons.SshUnreachable)]
    public void A_silent_machine_that_was_just_started_boots(OperationKind kind, string expected) => Assert.Equal(expected, Look(Silent(kind)));

    [Fact]
    public void It_boots_no_longer_than_its_provisioner_grants()
    {
        var situation = Silent(OperationKind.PowerOn) with { Provisioner = new() { Timeouts = new() { BootSeconds = 61 } } };
        Assert.Equal(Reasons.Booting, Look(situation));
        Assert.Equal(Reasons.SshUnreachable, Look(situation with { Now = Situations.Now.AddSeconds(1) }));
    }

    [Fact]
    public void A_failed_power_on_starts_nothing() =>
        Assert.Equal(Reasons.SshUnreachable, Look(Silent(OperationKind.PowerOn, OperationPhase.Failed)));

    [Fact]
    public void It_goes_on_booting_look_after_look()
    {
        var situation = Silent(OperationKind.PowerOn);
        for (var look = 0; look < 5; look++)
        {
            var decision = NodeDecider.Decide(situation);
            Assert.Equal(Reasons.Booting, Assert.IsType<NodeDecision.LookAgain>(decision).Reason);
            situation = Situations.With(situation, ComposedStatus.Of(situation, decision), situation.Now.AddSeconds(20));
        }
    }

    [Fact]
    public void Once_it_was_ready_its_silence_is_trouble_and_stays_trouble()
    {
        var situation = Silent(OperationKind.PowerOn);
        var ready = situation with { Observation = Situations.Running };
        var silent = Situations.With(situation, ComposedStatus.Of(ready, NodeDecider.Decide(ready)), Situations.Now.AddSeconds(5));
        Assert.Equal(Reasons.SshUnreachable, Look(silent));
        var again = Situations.With(silent, ComposedStatus.Of(silent, NodeDecider.Decide(silent)), Situations.Now.AddSeconds(10));
        Assert.Equal(Reasons.SshUnreachable, Look(again));
    }

    [Fact]
    public void Its_condition_says_so()
    {
        var situation = Silent(OperationKind.PowerOn);
        var ready = ComposedStatus.Of(situation, NodeDecider.Decide(situation)).Find(ConditionTypes.Ready)!;
        Assert.Equal((ConditionStatus.Unknown, Reasons.Booting), (ready.Status, ready.Reason));
        Assert.Equal("The machine is booting: it was switched on at 2026-05-06 07:07:09Z and does not answer SSH yet.", ready.Message);
    }

    private static string Look(NodeSituation situation) => Assert.IsType<NodeDecision.LookAgain>(NodeDecider.Decide(situation)).Reason;

    private static NodeSituation Silent(OperationKind kind, OperationPhase phase = OperationPhase.Succeeded)
    {
        var ready = new Condition { Type = ConditionTypes.Ready, Status = ConditionStatus.False, Reason = Reasons.OperationRunning, LastTransitionTime = Started.AddSeconds(-30) };
        var record = Situations.Done(kind, Started) with { Phase = phase };
        return Situations.Of(status: new() { LoadedImage = Situations.Loaded, Conditions = [ready], History = [record] }, observation: Situations.Silent);
    }
}

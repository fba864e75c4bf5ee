using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;
using Provisioning.Core.Status;
using Provisioning.Core.Tests.Health;

namespace Provisioning.Core.Tests.Status;

public sealed class NodeConditionsTests
{
    [Fact]
    public void A_Node_that_asks_for_nothing_is_ready()
    {
        var status = Compose(Situations.Of(Situations.Spec(spec => (spec.ImageRef, spec.PowerState) = (null, null))));
        Assert.True(status.Is(ConditionTypes.Ready));
        Assert.Equal(Reasons.NoImageDesired, status.Find(ConditionTypes.ImageMatched)!.Reason);
        Assert.Equal(Reasons.PowerNotManaged, status.Find(ConditionTypes.PowerMatched)!.Reason);
    }

    [Fact]
    public void A_machine_declared_off_names_the_image_and_when_it_was_last_verified()
    {
        var matched = Compose(Off(Situations.Loaded)).Find(ConditionTypes.ImageMatched)!;
        Assert.Equal((ConditionStatus.True, Reasons.PoweredOff), (matched.Status, matched.Reason));
        Assert.Contains("2026-05-05 07:08:09Z", matched.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_machine_declared_off_without_a_time_of_verification_says_so() =>
        Assert.Contains("not yet verified", Compose(Off(Situations.Loaded with { VerifiedTime = null })).Find(ConditionTypes.ImageMatched)!.Message, StringComparison.Ordinal);

    [Fact]
    public void A_machine_declared_off_with_another_image_is_ready_and_says_that_it_will_be_loaded()
    {
        var status = Compose(Off(Situations.Loaded with { Digest = "sha256:" + new string('0', 64) }));
        Assert.Contains("will be loaded when it may be on", status.Find(ConditionTypes.Ready)!.Message, StringComparison.Ordinal);
        Assert.Equal(ConditionStatus.False, status.Find(ConditionTypes.ImageMatched)!.Status);
    }

    [Fact]
    public void A_machine_declared_off_that_does_not_exist_has_its_power_as_declared() =>
        Assert.True(Compose(Situations.Of(Situations.Spec(spec => spec.PowerState = PowerState.PoweredOff), observation: Situations.Missing)).Is(ConditionTypes.PowerMatched));

    [Fact]
    public void An_image_that_is_on_the_machine_matches_although_its_file_is_gone() =>
        Assert.True(Compose(Situations.Of() with { ImageObstacle = new(Reasons.ImageFileMissing, "Gone.", NeedsPerson: true) }).Is(ConditionTypes.ImageMatched));

    [Fact]
    public void Facts_that_were_not_looked_at_keep_their_generation_while_Ready_has_the_new_one()
    {
        var seen = Compose(Situations.Of());
        var situation = Situations.With(Situations.Of(), seen with { Operation = Situations.Operation(OperationKind.Load) }) with { Observation = null };
        situation.Node.Metadata.Generation = 4;
        var status = Compose(situation);
        Assert.Equal(4, status.Find(ConditionTypes.Ready)!.ObservedGeneration);
        Assert.Equal(3, status.Find(ConditionTypes.ImageMatched)!.ObservedGeneration);
    }

    [Fact]
    public void A_retry_names_the_failure_and_its_time_and_a_repetition_after_success_does_not_invent_a_failure()
    {
        var until = Situations.Now.AddSeconds(40);
        var retry = new RetryStatus { Attempt = 3, Reason = Reasons.DiskFull, Message = "No space left.", NextTime = until };
        var failed = Compose(Situations.Of(status: new() { Retry = retry }), new NodeDecision.WaitToRetry(until));
        Assert.Equal("Attempt 3 failed with DiskFull: No space left. The next attempt is due at 2026-05-06 07:08:49Z.", failed.Find(ConditionTypes.Ready)!.Message);
        var repeated = Compose(Situations.Of(), new NodeDecision.WaitToRetry(until));
        Assert.DoesNotContain("failed", repeated.Find(ConditionTypes.Ready)!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_deleted_Node_is_not_called_paused()
    {
        var situation = Situations.Of(deleted: Situations.Now);
        Assert.Equal(Reasons.Deleting, Compose(situation, new NodeDecision.Release(null)).Find(ConditionTypes.Ready)!.Reason);
        Assert.Equal(Reasons.Deleting, Compose(situation, new NodeDecision.Hold()).Find(ConditionTypes.Ready)!.Reason);
    }

    [Fact]
    public void A_deletion_that_waits_says_until_when_and_what_stays_then_however_long_the_cause_is()
    {
        var situation = Situations.Of(
            Situations.Spec(spec => spec.DeletionPolicy = DeletionPolicy.Unload), new() { Operation = Situations.Operation(OperationKind.Load) with { Step = "CreateDisk" } }, deleted: Situations.Now);

        var ready = Compose(situation, new NodeDecision.Abandon(Reasons.Deleting, new string('x', 2000))).Find(ConditionTypes.Ready)!;

        Assert.EndsWith(
            $"… The deletion is tried until 2026-05-06 07:23:09Z. Then the Node goes, and what is not done stays: the machine as it is, not unloaded; the operation Load {situation.Status.Operation!.Id}, unfinished in step CreateDisk.".TrimStart('…'),
            ready.Message, StringComparison.Ordinal);
        Assert.InRange(ready.Message.Length, 1000, 1024);
    }

    [Fact]
    public void A_queued_Node_says_so()
    {
        var situation = Situations.Of(status: new() { Queue = new() { Position = 3, SinceTime = Situations.Now } }, observation: Situations.Missing);
        Assert.Equal(Reasons.Queued, Compose(situation).Find(ConditionTypes.Reconciling)!.Reason);
    }

    [Theory]
    [InlineData(FactValue.Yes, ConditionStatus.True)]
    [InlineData(FactValue.No, ConditionStatus.False)]
    [InlineData(FactValue.Unknown, null)]
    public void Credentials_are_judged_only_when_they_were_used(FactValue accepted, ConditionStatus? expected) =>
        Assert.Equal(expected, Compose(Situations.Of(observation: Situations.Running with { CredentialsAccepted = new(accepted) })).Find(ConditionTypes.CredentialsValid)?.Status);

    private static NodeSituation Off(LoadedImage loaded) =>
        Situations.Of(Situations.Spec(spec => spec.PowerState = PowerState.PoweredOff), new() { LoadedImage = loaded }, Situations.Off);

    private static NodeStatus Compose(NodeSituation situation, NodeDecision? decision = null) => ComposedStatus.Of(situation, decision ?? NodeDecider.Decide(situation));
}

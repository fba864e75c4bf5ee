using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;
using Provisioning.Core.Status;
using Provisioning.Core.Tests.Decisions;

namespace Provisioning.Core.Tests.Status;

/// <summary>Wherever the operator looks or tries again by itself, the status says after how many failures and when; and nowhere else.</summary>
public sealed class ObserveRetriesTests
{
    private static readonly DateTimeOffset Now = Situations.Now;

    [Fact]
    public void Every_state_in_which_something_failed_and_is_tried_again_has_an_attempt_and_a_time_and_one_at_rest_has_none()
    {
        Dictionary<Type, int> seen = [];
        HashSet<string> stalls = [];
        foreach (var situation in SituationSpace.All())
        {
            var decision = NodeDecider.Decide(situation);
            if (decision is not (NodeDecision.Rest or NodeDecision.Hold or NodeDecision.LookAgain or NodeDecision.WaitToRetry or NodeDecision.Stall))
                continue;
            seen[decision.GetType()] = seen.GetValueOrDefault(decision.GetType()) + 1;
            var status = ObserveRetries.Apply(situation.Status, situation, decision, random: 0.5);
            var due = new[] { status.Retry, status.ObserveRetry }.Where(retry => retry is { Attempt: > 0, NextTime: { } next } && next > situation.Now).ToList();
            if (decision is NodeDecision.Rest)
                Assert.True(status is { Retry: null, ObserveRetry: null }, $"{decision} has a retry.");
            else if (decision is NodeDecision.Hold || (decision is NodeDecision.Stall { Reason: var reason } && ObserveRetries.IsAtRest(reason)))
                Assert.Null(status.ObserveRetry);
            else
                Assert.True(due.Count > 0, $"{decision} has none: {status.Retry}, {status.ObserveRetry}");
            if (decision is NodeDecision.Stall { IsGivenUp: true })
                Assert.Null(status.Retry!.NextTime);
            if (decision is NodeDecision.Stall stall)
                stalls.Add(stall.Reason);
        }

        Assert.Equal(5, seen.Count);
        Assert.Superset(new HashSet<string> { Reasons.SecretInvalid, Reasons.ImageNotFound, Reasons.MachineMissing, Reasons.NotSupported, Reasons.ObserveOnly, Reasons.PendingApproval, Reasons.AttemptsExhausted, Reasons.IdentityMismatch }, stalls);
    }

    [Theory]
    [InlineData(Reasons.ImageNotFound)]
    [InlineData(Reasons.ProvisionerNotFound)]
    [InlineData(Reasons.InvalidSpec)]
    [InlineData(Reasons.NotSupported)]
    [InlineData(Reasons.ObserveOnly)]
    [InlineData(Reasons.PendingApproval)]
    public void A_node_that_waits_for_a_change_at_the_api_server_is_at_rest(string reason) =>
        Assert.Null(ObserveRetries.Apply(Situations.Of().Status, Situations.Of(), new NodeDecision.Stall(reason, "Do it."), random: 0.5).ObserveRetry);

    [Theory]
    [InlineData(5)]
    [InlineData(300)]
    [InlineData(86400)]
    public void A_stalled_node_is_looked_at_ever_more_slowly_and_never_more_often_than_one_at_rest(int observeSeconds)
    {
        var situation = Situations.Of() with { Provisioner = new() { Timeouts = new() { ObserveSeconds = observeSeconds } } };
        List<TimeSpan> waits = [];
        while (waits.Count < 12)
        {
            var status = ObserveRetries.Apply(situation.Status, situation, new NodeDecision.Stall(Reasons.MachineMissing, "None."), random: 0.9);
            Assert.Equal(waits.Count + 1, status.ObserveRetry!.Attempt);
            waits.Add(status.ObserveRetry.NextTime!.Value - situation.Now);
            situation = Later(situation, status);
        }

        var rest = TimeSpan.FromSeconds(observeSeconds);
        Assert.Equal(waits.Order(), waits);
        Assert.All(waits, wait => Assert.True(wait >= (rest < Backoff.Longest ? rest - TimeSpan.FromSeconds(1) : Backoff.Longest)));
        Assert.InRange(waits[^1], Backoff.Longest * 0.8, Backoff.Longest);
    }

    [Fact]
    public void Another_reason_or_a_change_begins_the_count_anew()
    {
        var situation = Situations.Of();
        situation = Later(situation, ObserveRetries.Apply(situation.Status, situation, new NodeDecision.LookAgain(Reasons.HostUnreachable, "Dead."), 0));

        Assert.Equal(2, Next(situation, Reasons.HostUnreachable));
        Assert.Equal(1, Next(situation, Reasons.SshUnreachable));
        Assert.Equal(1, Next(situation with { Circumstances = "another Secret" }, Reasons.HostUnreachable));

        static int Next(NodeSituation situation, string reason) => ObserveRetries.Apply(situation.Status, situation, new NodeDecision.LookAgain(reason, "Dead."), 0).ObserveRetry!.Attempt;
    }

    [Fact]
    public void An_operation_that_waits_for_a_person_tells_its_next_attempt_and_no_look_is_written_meanwhile()
    {
        var retry = new RetryStatus { Attempt = 2, NextTime = Now.AddMinutes(8), Reason = Reasons.DiskFull, Message = "Full.", NeedsPerson = true };
        var situation = Situations.Of();
        var status = ObserveRetries.Apply(situation.Status with { Retry = retry }, With(situation, situation.Status with { Retry = retry }), new NodeDecision.Stall(Reasons.DiskFull, "Full."), 0);

        Assert.Equal((retry, null), (status.Retry, status.ObserveRetry));
    }

    [Fact]
    public void An_operation_without_an_answer_is_asked_for_again_ever_more_slowly_up_to_a_minute()
    {
        var situation = UnderWay();
        List<double> waits = [];
        while (waits.Count < 6)
        {
            var retry = ObserveRetries.AfterSilence(situation, Reasons.HostUnreachable, "Dead.", random: 0);
            Assert.Equal(waits.Count + 1, retry.Attempt);
            waits.Add((retry.NextTime!.Value - situation.Now).TotalSeconds);
            var waiting = With(situation, situation.Status with { ObserveRetry = retry });
            Assert.Equal(retry.NextTime, ObserveRetries.NextCall(waiting));
            situation = Later(situation, waiting.Status);
            Assert.Null(ObserveRetries.NextCall(situation));
        }

        Assert.Equal([5, 10, 20, 40, 60, 60], waits);
    }

    [Fact]
    public void A_change_asks_for_the_operation_at_once_and_so_does_a_time_that_a_wrong_clock_wrote()
    {
        var situation = UnderWay();
        situation = With(situation, situation.Status with { ObserveRetry = ObserveRetries.AfterSilence(situation, Reasons.HostUnreachable, "Dead.", 0) });

        Assert.Null(ObserveRetries.NextCall(situation with { Circumstances = "another Secret" }));
        Assert.Null(ObserveRetries.NextCall(situation with { Now = Now.AddDays(-1) }));
    }

    private static NodeSituation UnderWay() => With(Situations.Of(), new() { Operation = new() { Id = "op-1", Kind = OperationKind.Load, StartedTime = Now } });

    private static NodeSituation Later(NodeSituation situation, NodeStatus status) => With(situation, status) with { Now = status.ObserveRetry!.NextTime!.Value };

    private static NodeSituation With(NodeSituation situation, NodeStatus status) =>
        situation with { Node = new() { Metadata = situation.Node.Metadata, Spec = situation.Node.Spec, Status = status } };
}

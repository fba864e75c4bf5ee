using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;

namespace Provisioning.Core.Status;

/// <summary>What a Node's status tells of the next look, where looks do not find the machine as declared: how often in a row, and when the next one is due. Pure.</summary>
public static class ObserveRetries
{
    /// <summary>The longest wait for a host that gives no answer in the middle of an operation, and for one where something half made stands in the way.</summary>
    public static readonly TimeSpan LongestInOperation = TimeSpan.FromMinutes(1);

    private const int LongestMessage = 1024;

    /// <summary>Puts into a status what a decision after which the Node is left alone says of the next attempts and looks.</summary>
    /// <param name="status">The status.</param>
    /// <param name="situation">What the decision was made from.</param>
    /// <param name="decision">The decision.</param>
    /// <param name="random">A random number in [0, 1).</param>
    public static NodeStatus Apply(NodeStatus status, NodeSituation situation, NodeDecision decision, double random) => status with
    {
        Retry = decision switch
        {
            NodeDecision.Rest => null,
            NodeDecision.Stall { IsGivenUp: true } => status.Retry! with { NextTime = null },
            _ => status.Retry,
        },
        ObserveRetry = After(situation, decision, random),
    };

    private static RetryStatus? After(NodeSituation situation, NodeDecision decision, double random) => decision switch
    {
        NodeDecision.LookAgain look => Again(situation, $"Look:{look.Reason}", look.Reason, look.Message, random),
        NodeDecision.WaitToRetry { Repetitions: > 0 } wait => Repetition(wait),
        NodeDecision.Stall { Reason: var reason } when IsAtRest(reason) => null,
        NodeDecision.Stall stall when !TellsOf(situation.Status.Retry, stall, situation.Now) => Again(situation, $"Look:{stall.Reason}", stall.Reason, stall.Message, random, shortest: Slow(situation)),
        _ => null,
    };

    /// <summary>A call of the operation under way got no answer.</summary>
    public static RetryStatus AfterSilence(NodeSituation situation, string reason, string message, double random) =>
        Again(situation, CallOf(situation), reason, message, random, longest: LongestInOperation);

    /// <summary>When the operation under way is to be asked for again; null if now, because it never fell silent or because something changed since.</summary>
    public static DateTimeOffset? NextCall(NodeSituation situation) =>
        situation.Status.ObserveRetry is { } retry && retry.Goal == Goal(situation, CallOf(situation)) && Attempts.IsAhead(retry.NextTime, situation.Now) ? retry.NextTime : null;

    /// <summary>How often a Node is looked at that needs nothing, at least every <see cref="Backoff.Longest"/>: whoever mended something outside of the API server should not have to tell us.</summary>
    public static TimeSpan Slow(NodeSituation situation)
    {
        var slow = TimeSpan.FromSeconds(situation.Provisioner?.Timeouts.ObserveSeconds ?? Backoff.Longest.TotalSeconds);
        return slow < Backoff.Longest ? slow : Backoff.Longest;
    }

    /// <summary>
    /// Whether a Node with this reason waits for a change at the API server, of which the operator hears: nothing has failed at a machine, and nothing is tried meanwhile. So it is at rest, perhaps for weeks and with
    /// many others, and costs no writes.
    /// </summary>
    public static bool IsAtRest(string reason) =>
        reason is Reasons.ObserveOnly or Reasons.PendingApproval or Reasons.InvalidSpec or Reasons.NotSupported or Reasons.ProvisionerNotFound or Reasons.ImageNotFound;

    /// <summary>An operation that failed and waits for a person is tried again by itself, and says when.</summary>
    private static bool TellsOf(RetryStatus? retry, NodeDecision.Stall stall, DateTimeOffset now) =>
        !stall.IsGivenUp && retry is { Attempt: > 0, NextTime: { } next } && next > now && retry.Reason == stall.Reason && retry.Message == stall.Message;

    private static RetryStatus Repetition(NodeDecision.WaitToRetry wait) => new()
    {
        Attempt = wait.Repetitions,
        NextTime = ConditionSet.Truncate(wait.Until),
        Reason = Reasons.WaitingToRetry,
        Message = "The last operation succeeded, but the machine is not as declared.",
    };

    private static RetryStatus Again(NodeSituation situation, string what, string reason, string message, double random, TimeSpan? shortest = null, TimeSpan? longest = null)
    {
        var goal = Goal(situation, what);
        var attempt = (situation.Status.ObserveRetry is { } last && last.Goal == goal ? last.Attempt : 0) + 1;
        return new()
        {
            Goal = goal,
            Attempt = attempt,
            NextTime = Attempts.NextTime(attempt, situation.Now, random, shortest, longest),
            Reason = reason,
            Message = BoundedText.Cut(message, LongestMessage),
        };
    }

    private static string Goal(NodeSituation situation, string what) => $"{what}|{situation.Circumstances}";

    private static string CallOf(NodeSituation situation) => $"Call:{situation.Status.Operation!.Id}";
}

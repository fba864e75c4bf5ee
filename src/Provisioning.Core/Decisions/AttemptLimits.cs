using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;

namespace Provisioning.Core.Decisions;

/// <summary>Holds a wanted operation back while it is not supported, not due, or was tried too often.</summary>
internal static class AttemptLimits
{
    /// <summary>The history that a status keeps: more repetitions than these cannot be seen.</summary>
    private const int LongestHistory = 5;

    public static NodeDecision Apply(NodeSituation situation, NodeDecision.Begin begin) =>
        situation.Supported.Contains(begin.Kind)
            ? AfterFailures(situation, begin) ?? AfterSuccesses(situation, begin) ?? begin
            : NotSupported(situation, begin.Kind);

    public static NodeDecision.Stall NotSupported(NodeSituation situation, OperationKind kind) =>
        new(Reasons.NotSupported, $"The provisioner {situation.Node.Spec.ProvisionerRef.Name} has no {kind}. {HowToDoWithout(kind)}");

    private static NodeDecision? AfterFailures(NodeSituation situation, NodeDecision.Begin begin)
    {
        if (situation.Status.Retry is not { Attempt: > 0 } retry || retry.Goal != begin.Goal)
            return null;
        if (IsDestructive(begin.Kind) && retry.DestructiveAttempts >= Attempts(situation))
            return Exhausted(begin, retry);
        if (retry.NextTime is not { } next || (retry.NeedsPerson && next > situation.Now))
            return new NodeDecision.Stall(retry.Reason, retry.Message);
        return next > situation.Now ? new NodeDecision.WaitToRetry(next) : null;
    }

    private static NodeDecision.Stall Exhausted(NodeDecision.Begin begin, RetryStatus retry) => new(
        retry.NeedsPerson ? retry.Reason : Reasons.AttemptsExhausted,
        $"{begin.Kind} failed {retry.DestructiveAttempts} times at the machine, last with {retry.Reason}: {retry.Message} Mend the cause, then change spec.reloadToken or any other field to try again.") { IsGivenUp = true };

    /// <summary>
    /// An operation that succeeds and yet does not bring the machine to where it should be (an image that carries a taint mark, a machine that switches
    /// itself off) is not repeated at full speed, and a destructive one not for ever.
    /// </summary>
    private static NodeDecision? AfterSuccesses(NodeSituation situation, NodeDecision.Begin begin)
    {
        if (begin.Kind is OperationKind.Capture or OperationKind.PowerReset || begin.Reason == Reasons.ReloadRequested)
            return null;

        var repetitions = Repetitions(situation, begin.Kind);
        if (repetitions == 0)
            return null;
        if (IsDestructive(begin.Kind) && repetitions >= Math.Clamp(Attempts(situation), 2, LongestHistory))
        {
            return new NodeDecision.Stall(
                Reasons.AttemptsExhausted,
                $"{begin.Kind} succeeded {repetitions} times in a row, and would have to be done again. {begin.Message} Find out what undoes it, then set spec.reloadToken to a new value to try again.");
        }

        var due = situation.Status.History[0].FinishedTime + Backoff.After(repetitions, random: 0);
        return due > situation.Now ? new NodeDecision.WaitToRetry(due) { Repetitions = repetitions } : null;
    }

    /// <summary>How many of the last operations did just this, one soon after the other.</summary>
    private static int Repetitions(NodeSituation situation, OperationKind kind)
    {
        var count = 0;
        DateTimeOffset? followedAt = null;
        foreach (var record in situation.Status.History)
        {
            var isSame = record.Kind == kind && record.Phase == OperationPhase.Succeeded && (kind != OperationKind.Load || record.Target == situation.DesiredImage?.Name);
            if (!isSame || followedAt - record.FinishedTime > Backoff.Longest)
                break;
            count++;
            followedAt = record.StartedTime;
        }

        return count;
    }

    private static int Attempts(NodeSituation situation) => (situation.Provisioner?.Limits ?? new ProvisionerLimits()).Attempts;

    private static bool IsDestructive(OperationKind kind) => kind is OperationKind.Load or OperationKind.Unload;

    private static string HowToDoWithout(OperationKind kind) => kind switch
    {
        OperationKind.Load or OperationKind.PostLoad => "Remove spec.imageRef or use another provisioner.",
        OperationKind.PowerOn or OperationKind.PowerOff => "Remove spec.powerState or use another provisioner.",
        OperationKind.PowerReset => "Remove spec.powerResetToken or use another provisioner.",
        OperationKind.Capture => "Delete the ImageCapture or use another provisioner.",
        _ => "Use another provisioner.",
    };
}

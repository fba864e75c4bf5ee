using Provisioning.Api;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;
using Provisioning.Core.Status;
using Provisioning.Core.Tests.Decisions;

namespace Provisioning.Core.Tests.Health;

/// <summary>What kstatus, Flux, Argo CD and kubectl make of the conditions, for every decision in every situation.</summary>
public sealed class HealthRulesTests
{
    private static readonly Dictionary<string, Func<Composed, bool>> Rules = new()
    {
        ["kstatus: Ready is Current, a stall Failed, all else InProgress, deletion Terminating"] = c => Kstatus.Of(c.Situation.Node.Metadata, c.Status) == Expected(c),
        ["Ready is True at rest and only then"] = c => c.Status.Is(ConditionTypes.Ready) == c.Decision is NodeDecision.Rest,
        ["Stalled when only a person can help and only then"] = c => c.Status.Is(ConditionTypes.Stalled) == NeedsPerson(c),
        ["Reconciling and Stalled exist only while true, and never both"] = c =>
            c.Status.Conditions.Where(x => x.Type is ConditionTypes.Reconciling or ConditionTypes.Stalled).All(x => x.Status == ConditionStatus.True)
            && (c.Status.Find(ConditionTypes.Reconciling) is null || c.Status.Find(ConditionTypes.Stalled) is null),
        ["work and waiting are Reconciling"] = c => c.Status.Is(ConditionTypes.Reconciling) == (c.Decision is not (NodeDecision.Rest or NodeDecision.Stall) && !IsHeld(c)),
        ["Paused is always there and true when paused"] = c => c.Status.Find(ConditionTypes.Paused) is { } paused && (paused.Status == ConditionStatus.True) == (c.Situation.Node.Spec.ManagementPolicy == ManagementPolicy.Paused),
        ["every condition is complete and within the schema"] = c => c.Status.Conditions.All(x => x.ObservedGeneration > 0 && x.Message.Length is > 0 and <= 1024 && IsWord(x.Reason)),
        ["each type comes once"] = c => c.Status.Conditions.DistinctBy(x => x.Type).Count() == c.Status.Conditions.Count,
        ["written again later, nothing changes"] = c => IsSettled(c),
        ["no message is about a null"] = c => c.Status.Conditions.All(x => !x.Message.Contains(" : ", StringComparison.Ordinal) && !x.Message.Contains("  ", StringComparison.Ordinal) && !x.Message.EndsWith(' ')),
    };

    private static readonly Lazy<Walk> Walked = new(() => new Walk());

    public static TheoryData<string> RuleNames => [.. Rules.Keys];

    [Theory]
    [MemberData(nameof(RuleNames))]
    public void In_every_situation(string rule) => Assert.Empty(Walked.Value.Violations[rule]);

    /// <summary>The check reads types, states and the reason of an approval alone, so each combination of those is run once.</summary>
    [Fact]
    public void Argo_CD_is_Healthy_when_Ready_Degraded_when_stalled_Suspended_when_paused_or_waiting_for_an_approval_and_else_Progressing()
    {
        using var argo = new ArgoHealth();
        Assert.True(Walked.Value.Distinct.Count >= 20, "Too few combinations of conditions for this to be the whole space.");
        foreach (var composed in Walked.Value.Distinct.Values)
        {
            var (status, message) = argo.Of(composed.Situation.Node.Metadata, composed.Status);
            var expected = composed switch
            {
                _ when composed.Situation.Node.Spec.ManagementPolicy == ManagementPolicy.Paused => "Suspended",
                _ when AwaitsApproval(composed.Decision) => "Suspended",
                _ when NeedsPerson(composed) => "Degraded",
                { Decision: NodeDecision.Rest } => "Healthy",
                _ => "Progressing",
            };
            Assert.True(expected == status, $"Argo CD says {status}, expected {expected}, for {composed.Decision}: {string.Join(", ", composed.Status.Conditions)}");
            Assert.NotEmpty(message);
        }
    }

    [Fact]
    public void A_Node_that_was_not_seen_yet_or_was_changed_since_is_in_progress_everywhere()
    {
        using var argo = new ArgoHealth();
        var situation = Situations.Of();
        var old = ComposedStatus.Of(situation, NodeDecider.Decide(situation)) with { ObservedGeneration = 2 };
        Assert.Equal("Progressing", argo.Of(situation.Node.Metadata, null).Status);
        Assert.Equal("Progressing", argo.Of(situation.Node.Metadata, old).Status);
        Assert.Equal(KstatusResult.InProgress, Kstatus.Of(situation.Node.Metadata, old));
    }

    private static KstatusResult Expected(Composed c) => c switch
    {
        _ when c.Situation.Node.Metadata.DeletionTimestamp is not null => KstatusResult.Terminating,
        { Decision: NodeDecision.Rest } => KstatusResult.Current,
        _ when NeedsPerson(c) => KstatusResult.Failed,
        _ => KstatusResult.InProgress,
    };

    private static bool IsHeld(Composed c) => c.Decision is NodeDecision.Hold && c.Situation.Node.Metadata.DeletionTimestamp is null;

    private static bool AwaitsApproval(NodeDecision decision) => decision is NodeDecision.Stall { Reason: Reasons.PendingApproval };

    private static bool NeedsPerson(Composed c) => c.Decision is NodeDecision.Stall || (IsHeld(c) && c.Situation.Node.Spec.ManagementPolicy == ManagementPolicy.Observe);

    private static bool IsSettled(Composed c)
    {
        // The same decision, for a wait still depends on the clock; what is written must not.
        var later = Situations.With(c.Situation, c.Status, c.Situation.Now.AddHours(1));
        var again = ComposedStatus.Of(later, c.Decision);
        return again.Conditions.SequenceEqual(c.Status.Conditions) && again with { Conditions = c.Status.Conditions } == c.Status;
    }

    private static bool IsWord(string reason) => reason.Length is > 0 and <= 128 && char.IsAsciiLetter(reason[0]) && reason.All(char.IsAsciiLetterOrDigit);

    private sealed record Composed(NodeSituation Situation, NodeDecision Decision, NodeStatus Status);

    private sealed class Walk
    {
        public Walk()
        {
            foreach (var situation in SituationSpace.All())
            {
                var decision = NodeDecider.Decide(situation);
                var composed = new Composed(situation, decision, ComposedStatus.Of(situation, decision));
                Distinct.TryAdd(string.Join(' ', composed.Status.Conditions.Select(x => $"{x.Type}={x.Status}").Append(decision.GetType().Name).Append(AwaitsApproval(decision) ? "approval" : "")), composed);
                foreach (var (name, holds) in Rules)
                {
                    if (Violations[name].Count < 3 && !holds(composed))
                        Violations[name].Add($"{decision}, seen {situation.Observation}, verdict {situation.Verdict}, operation {situation.Status.Operation}:\n{string.Join('\n', composed.Status.Conditions)}");
                }
            }
        }

        public Dictionary<string, List<string>> Violations { get; } = Rules.Keys.ToDictionary(name => name, _ => new List<string>());

        public Dictionary<string, Composed> Distinct { get; } = [];
    }
}

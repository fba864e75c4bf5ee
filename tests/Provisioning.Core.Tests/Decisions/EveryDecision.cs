using Provisioning.Core.Decisions;

namespace Provisioning.Core.Tests.Decisions;

/// <summary>Walks all situations once for a set of rules and keeps the first violations of each.</summary>
internal sealed class EveryDecision
{
    private const int Kept = 3;

    private readonly Dictionary<string, List<string>> _violations;

    public EveryDecision(IReadOnlyDictionary<string, Func<NodeSituation, NodeDecision, bool>> rules)
    {
        _violations = rules.Keys.ToDictionary(name => name, _ => new List<string>());
        foreach (var situation in SituationSpace.All())
        {
            Count++;
            var decision = NodeDecider.Decide(situation);
            Reached.Add(decision is NodeDecision.Begin begin ? $"Begin {begin.Kind}" : decision.GetType().Name);
            foreach (var (name, holds) in rules)
            {
                var violations = _violations[name];
                if (violations.Count < Kept && !holds(situation, decision))
                    violations.Add(Describe(situation, decision));
            }
        }
    }

    public int Count { get; }

    public HashSet<string> Reached { get; } = [];

    public IReadOnlyList<string> ViolationsOf(string rule) => _violations[rule];

    private static string Describe(NodeSituation situation, NodeDecision decision)
    {
        var (spec, status) = (situation.Node.Spec, situation.Status);
        return $"""
            {decision}
              for power {spec.PowerState}, image {spec.ImageRef?.Name}, policy {spec.ManagementPolicy}, deletion {spec.DeletionPolicy} since {situation.Node.Metadata.DeletionTimestamp},
              tokens {spec.PowerResetToken}/{status.HandledPowerResetToken} {spec.ReloadToken}/{status.HandledReloadToken}, capture {situation.Capture}, operation {status.Operation},
              obstacle {situation.Obstacle}, image obstacle {situation.ImageObstacle}, retry {status.Retry}, loaded {status.LoadedImage}, supported {situation.Supported.Count},
              verdict {situation.Verdict}, seen {situation.Observation}
            """;
    }
}

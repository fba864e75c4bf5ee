using Provisioning.Api.Meta;
using Provisioning.Core.Decisions;
using Provisioning.Core.Status;
using Provisioning.Core.Tests.Decisions;

namespace Provisioning.Core.Tests.Health;

/// <summary>In every situation, what is not as it should be has a reason that docs/troubleshooting explains.</summary>
public sealed class ExplainedReasonsTests
{
    [Fact]
    public void Whatever_stalls_retries_or_cannot_be_told_has_its_page()
    {
        var shown = new HashSet<string>(StringComparer.Ordinal);
        foreach (var situation in SituationSpace.All())
        {
            foreach (var condition in ComposedStatus.Of(situation, NodeDecider.Decide(situation)).Conditions)
            {
                if (condition is { Type: ConditionTypes.Stalled or ConditionTypes.Reconciling } or { Type: ConditionTypes.Ready, Status: not ConditionStatus.True })
                    shown.Add(condition.Reason);
            }
        }

        Assert.True(shown.Count > 15, "Too few reasons for this to be the whole space.");
        Assert.Equal([], shown.Where(reason => !File.Exists(SourceTree.File($"docs/troubleshooting/{reason}.md"))));
    }
}

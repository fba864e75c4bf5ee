using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Core.Decisions;
using Provisioning.Core.Status;
using Provisioning.Core.Tests.Decisions;
using Provisioning.Core.Tests.Health;

namespace Provisioning.Core.Tests.Status;

/// <summary>The status says enough of what was seen for the same decision to be made from it again.</summary>
public sealed class RecordedObservationTests
{
    [Fact]
    public void What_was_written_decides_as_what_was_seen()
    {
        List<string> differences = [];
        var count = 0;
        foreach (var situation in SituationSpace.AtRest())
        {
            if (situation.Observation is null)
                continue;
            count++;
            var decision = NodeDecider.Decide(situation);
            var written = ComposedStatus.Of(situation, decision);
            // Adopting a machine is told by the status itself, and changes what follows.
            var node = Situations.With(situation, written with { LoadedImage = situation.Status.LoadedImage }).Node;
            var again = NodeDecider.Decide(situation with { Observation = RecordedObservation.Of(node, situation.Now, readsContents: false) });
            if (Describe(again) != Describe(decision) && differences.Count < 3)
                differences.Add($"{decision}\n became {again}\n seen {situation.Observation}\n read {RecordedObservation.Of(node, situation.Now, readsContents: false)}");
        }

        Assert.Empty(differences);
        Assert.True(count > 50_000, $"Only {count} situations.");
    }

    [Fact]
    public void A_configuration_that_was_changed_behind_our_back_is_seen_as_such()
    {
        var situation = Situations.Of(observation: Situations.Running with { ContentsDigest = "sha256:" + new string('b', 64), EngineImage = "sha256:" + new string('b', 64), Power = PowerReading.Unknown(Reasons.NotSupported) });
        var node = Situations.With(situation, ComposedStatus.Of(situation, NodeDecider.Decide(situation))).Node;
        var again = situation with { Observation = RecordedObservation.Of(node, Situations.Now, readsContents: true) };
        Assert.Equal("Begin Load ImageDiffers", DecisionExamplesTests.Describe(NodeDecider.Decide(again)));
    }

    [Fact]
    public void Without_a_look_or_while_an_operation_runs_there_is_nothing_to_read()
    {
        Assert.Null(RecordedObservation.Of(Situations.Of().Node, Situations.Now, readsContents: false));
        var seen = ComposedStatus.Of(Situations.Of(), NodeDecider.Decide(Situations.Of()));
        Assert.Null(RecordedObservation.Of(Situations.With(Situations.Of(), seen with { Operation = Situations.Operation(Api.Nodes.OperationKind.Load) }).Node, Situations.Now, readsContents: false));
    }

    private static string Describe(NodeDecision decision) => DecisionExamplesTests.Describe(decision);
}

using System.Text.Json.Nodes;
using Provisioning.GitOps.Tests.Support;

namespace Provisioning.GitOps.Tests.Verdicts;

/// <summary>kstatus, Argo CD and Flux agree about every combination of the conditions that decide, for every kind.</summary>
public sealed class AgreementTests
{
    public static TheoryData<string> Kinds => ["Node", "Image", "ImageCapture", "Provisioner"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void In_every_state_that_is_written(string kind)
    {
        using var argo = new ArgoHealth();
        var seen = 0;
        foreach (var (entity, expected) in Space(kind))
        {
            seen++;
            Assert.True(expected == Kstatus.Of(entity), $"kstatus says {Kstatus.Of(entity)}, expected {expected}: {entity}");
            var health = argo.Of(entity).Status;
            Assert.True(InArgo(expected) == health, $"Argo CD says {health}, expected {InArgo(expected)}: {entity}");
        }

        Assert.Equal(18, seen);
    }

    [Fact]
    public void In_Flux_with_its_expressions_too_in_every_state_that_is_written()
    {
        var flux = new FluxHealth();
        Assert.Equal(["Node"], flux.Kinds);
        foreach (var (entity, expected) in Space("Node"))
            Assert.True(expected == flux.Of(entity), $"Flux says {flux.Of(entity)}, expected {expected}: {entity}");
    }

    /// <summary>For kstatus a paused Node is what its other conditions say; a tool that knows of pauses lets it be.</summary>
    [Theory]
    [InlineData("True")]
    [InlineData("False")]
    [InlineData("Unknown")]
    public void A_paused_Node_holds_nobody_up(string ready)
    {
        using var argo = new ArgoHealth();
        foreach (var also in new[] { null, "Stalled" })
        {
            var entity = Entity("Node", 2, 2, ("Ready", ready), (also, "True"), ("Paused", "True"));
            Assert.Equal("Suspended", argo.Of(entity).Status);
            Assert.Equal("Current", new FluxHealth().Of(entity));
        }
    }

    /// <summary>Ready in three states, alone or with one of the two that are there only while true; old, new, and under deletion.</summary>
    private static IEnumerable<(JsonObject Entity, string Expected)> Space(string kind)
    {
        foreach (var deleted in new[] { false, true })
        {
            foreach (var generation in new[] { 2L, 3L })
            {
                foreach (var (ready, also, verdict) in new[] { ("True", null, "Current"), ("False", "Reconciling", "InProgress"), ("False", "Stalled", "Failed"), ("Unknown", "Reconciling", "InProgress") })
                {
                    var entity = Entity(kind, generation, 2, ("Ready", ready), (also, "True"), (kind == "Node" ? "Paused" : null, "False"));
                    if (deleted)
                        entity["metadata"]!["deletionTimestamp"] = "2026-11-27T03:00:00Z";
                    yield return (entity, deleted ? "Terminating" : generation != 2 ? "InProgress" : verdict);
                }
            }
        }

        // kstatus takes an object without any status for current; but then nothing was seen yet, and the CRDs' own status says so at the first look.
        foreach (var ready in new[] { "False", "Unknown" })
            yield return (Entity(kind, 2, 2, ("Ready", ready)), "InProgress");
    }

    private static string InArgo(string verdict) => verdict switch
    {
        "Current" => "Healthy",
        "Failed" => "Degraded",
        _ => "Progressing",
    };

    private static JsonObject Entity(string kind, long generation, long observed, params (string? Type, string Status)[] conditions) => new()
    {
        ["apiVersion"] = "provisioning.dev/v1alpha1",
        ["kind"] = kind,
        ["metadata"] = new JsonObject { ["name"] = "it", ["generation"] = generation },
        ["status"] = new JsonObject
        {
            ["observedGeneration"] = observed,
            ["conditions"] = new JsonArray([.. conditions.Where(condition => condition.Type is not null).Select(condition => (JsonNode)new JsonObject { ["type"] = condition.Type, ["status"] = condition.Status, ["message"] = "So it is." })]),
        },
    };
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Cel;

namespace Provisioning.GitOps.Tests.Support;

/// <summary>The healthCheckExprs of our Flux example, in a CEL interpreter, asked in Flux's order: in progress, failed, current.</summary>
internal sealed class FluxHealth
{
    private readonly Dictionary<string, (string State, CelProgramDelegate Holds)[]> _kinds = [];

    public FluxHealth()
    {
        var environment = new CelEnvironment(null, null);
        var fleet = Yaml.ReadAll(File.ReadAllText(SourceTree.File("docs/examples/gitops/flux/fleet.yaml"))).Single(item => (string)item["metadata"]!["name"]! == "fleet");
        foreach (var check in fleet["spec"]!["healthCheckExprs"]!.AsArray())
        {
            Assert.Equal("provisioning.dev/v1alpha1", (string)check!["apiVersion"]!);
            _kinds.Add((string)check["kind"]!, [Make("inProgress", "InProgress"), Make("failed", "Failed"), Make("current", "Current")]);

            (string, CelProgramDelegate) Make(string key, string state) => (state, environment.Compile((string)check[key]!));
        }
    }

    /// <summary>The kinds that have expressions of their own; for others Flux follows kstatus.</summary>
    public IEnumerable<string> Kinds => _kinds.Keys;

    public string Of(JsonNode entity)
    {
        if (entity["metadata"]?["deletionTimestamp"] is not null)
            return "Terminating";
        // As Flux: what has no status yet is in progress.
        if (entity["status"] is null)
            return "InProgress";
        var variables = entity.AsObject().ToDictionary(pair => pair.Key, pair => Value(pair.Value));
        return _kinds[(string)entity["kind"]!].FirstOrDefault(check => check.Holds(variables) is true, ("InProgress", null!)).State;
    }

    private static object? Value(JsonNode? node) => node switch
    {
        null => null,
        JsonObject map => map.ToDictionary(pair => pair.Key, pair => Value(pair.Value)),
        JsonArray list => list.Select(Value).ToList(),
        _ => node.GetValueKind() switch
        {
            JsonValueKind.String => (string)node!,
            JsonValueKind.Number => (long)node,
            _ => (bool)node,
        },
    };
}

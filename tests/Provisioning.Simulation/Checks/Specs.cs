using System.Text.Json.Nodes;
using Provisioning.Simulation.Clusters;
using Provisioning.Simulation.Worlds;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Simulation.Checks;

/// <summary>Specs, and what is in Secrets and ConfigMaps, belong to people: no operator changes them.</summary>
internal sealed class Specs(World world)
{
    private readonly Dictionary<FakeKey, JsonNode?> _last = [];

    public void Check(FakeChange change, OperatorProcess? by)
    {
        // By far most writes; they have no spec that people care for.
        if (change.Key.Kind.Kind is "Lease" or "Event")
            return;
        if (by is not null && !change.Key.Kind.HasStatus)
            world.Violate($"{by.Name} has written to {change.Key}");
        var spec = JsonNode.Parse(change.Json)!["spec"];
        if (by is not null && change.Type == "MODIFIED" && _last.TryGetValue(change.Key, out var before) && !JsonNode.DeepEquals(before, spec))
            world.Violate($"{by.Name} has changed the spec of {change.Key} from {before?.ToJsonString()} to {spec?.ToJsonString()}");
        _last[change.Key] = spec;
    }
}

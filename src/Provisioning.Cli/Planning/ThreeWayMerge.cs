using System.Text.Json;
using System.Text.Json.Nodes;

namespace Provisioning.Cli.Planning;

/// <summary>
/// The merge patch that kubectl apply sends for a custom resource: what the file says, and away with what the file said when it was last applied and says no more. What others
/// have set, and the file never did, stays.
/// </summary>
internal static class ThreeWayMerge
{
    private const string LastApplied = "kubectl.kubernetes.io/last-applied-configuration";

    /// <summary>The patch; null if nothing changes.</summary>
    /// <param name="current">The object as it is at the server.</param>
    /// <param name="manifest">The object of the file.</param>
    public static JsonObject? Patch(JsonObject current, JsonObject manifest)
    {
        var original = current["metadata"]?["annotations"]?[LastApplied]?.GetValue<string>() is { } text ? JsonNode.Parse(text) as JsonObject : null;
        return Patch(original, current, manifest);
    }

    private static JsonObject? Patch(JsonObject? original, JsonObject current, JsonObject wanted)
    {
        var patch = new JsonObject();
        foreach (var (name, value) in wanted)
        {
            if (current[name] is JsonObject before && value is JsonObject after)
            {
                if (Patch(original?[name] as JsonObject, before, after) is { } inner)
                    patch[name] = inner;
            }
            else if (!IsSame(current[name], value))
            {
                patch[name] = value?.DeepClone();
            }
        }

        foreach (var (name, _) in original ?? [])
        {
            if (!wanted.ContainsKey(name) && current.ContainsKey(name))
                patch[name] = null;
        }

        return patch.Count > 0 ? patch : null;
    }

    private static bool IsSame(JsonNode? left, JsonNode? right) =>
        JsonNode.DeepEquals(left, right) || (left?.GetValueKind() == JsonValueKind.Number && right?.GetValueKind() == JsonValueKind.Number && left.ToJsonString() == right.ToJsonString());
}

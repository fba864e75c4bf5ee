using System.Text.Json.Nodes;

namespace Provisioning.Testing.ApiServer;

/// <summary>The kinds of patch.</summary>
internal static class Patches
{
    /// <summary>RFC 7386: null removes, objects merge, everything else replaces.</summary>
    public static void Merge(JsonObject target, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            if (value is null)
                target.Remove(name);
            else if (value is not JsonObject inner)
                target[name] = value.DeepClone();
            else if (target[name] is JsonObject existing)
                Merge(existing, inner);
            else
                Merge((JsonObject)(target[name] = new JsonObject())!, inner);
        }
    }

    /// <summary>
    /// Server-side apply, simplified: what this manager applied before and no longer applies is removed, then the new body is merged. Lists are
    /// atomic. There is no conflict between managers (the operator always forces), and a field that two managers own goes when the first drops it.
    /// </summary>
    public static void Apply(JsonObject target, JsonObject? before, JsonObject now)
    {
        Prune(target, before ?? [], now);
        Merge(target, now);
    }

    /// <summary>RFC 6902.</summary>
    public static JsonObject ApplyJsonPatch(JsonObject target, JsonArray operations)
    {
        JsonNode? document = target;
        foreach (var operation in operations.OfType<JsonObject>())
        {
            var path = Segments(operation["path"]!.GetValue<string>());
            switch (operation["op"]!.GetValue<string>())
            {
                case "test" when !JsonNode.DeepEquals(Find(document, path), operation["value"]):
                    throw FakeRefusal.Invalid($"the server rejected our request due to an error in our request: testing value {operation["path"]} failed");
                case "test":
                    break;
                case "add":
                    Set(document, path, operation["value"]?.DeepClone(), isAdd: true);
                    break;
                case "replace":
                    Set(document, path, operation["value"]?.DeepClone(), isAdd: false);
                    break;
                case "remove":
                    Remove(document, path);
                    break;
                case var other:
                    throw new NotSupportedException($"The fake API server has no JSON patch operation '{other}'.");
            }
        }

        return target;
    }

    private static void Prune(JsonObject target, JsonObject before, JsonObject now)
    {
        foreach (var (name, value) in before)
        {
            if (!now.ContainsKey(name))
                target.Remove(name);
            else if (value is JsonObject inner && now[name] is JsonObject still && target[name] is JsonObject existing)
                Prune(existing, inner, still);
        }
    }

    private static string[] Segments(string path) =>
        [.. path.Split('/').Skip(1).Select(segment => segment.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))];

    private static JsonNode? Find(JsonNode? node, ReadOnlySpan<string> path)
    {
        foreach (var segment in path)
        {
            node = node switch
            {
                JsonObject known => known[segment],
                JsonArray list when int.TryParse(segment, out var index) && index < list.Count => list[index],
                _ => null,
            };
        }

        return node;
    }

    private static void Set(JsonNode? document, string[] path, JsonNode? value, bool isAdd)
    {
        switch (Find(document, path.AsSpan(..^1)))
        {
            case JsonObject parent when isAdd || parent.ContainsKey(path[^1]):
                parent[path[^1]] = value;
                break;
            case JsonArray list when isAdd:
                list.Insert(path[^1] == "-" ? list.Count : int.Parse(path[^1]), value);
                break;
            case JsonArray list:
                list[int.Parse(path[^1])] = value;
                break;
            default:
                throw Missing(path);
        }
    }

    private static void Remove(JsonNode? document, string[] path)
    {
        switch (Find(document, path.AsSpan(..^1)))
        {
            case JsonObject parent when parent.Remove(path[^1]):
                break;
            case JsonArray list when int.TryParse(path[^1], out var index) && index < list.Count:
                list.RemoveAt(index);
                break;
            default:
                throw Missing(path);
        }
    }

    private static FakeRefusal Missing(string[] path) =>
        FakeRefusal.Invalid($"the server rejected our request due to an error in our request: missing path /{string.Join('/', path)}");
}

using System.Text.Json.Nodes;

namespace Provisioning.Api.Tests.Support;

/// <summary>An object with one wrong value.</summary>
/// <param name="Path">The field that is wrong, without list positions, as API servers of all ages name it in some form.</param>
/// <param name="What">The value, for messages.</param>
/// <param name="Object">The whole object.</param>
internal sealed record WrongValue(string Path, string What, JsonObject Object);

/// <summary>Makes, out of the valid samples and the schemas, a wrong object for every rule of every field of the specs.</summary>
internal static class WrongValues
{
    internal static IEnumerable<WrongValue> All => Samples.All.Select(Kinds.Write).SelectMany(Of);

    private static IEnumerable<WrongValue> Of(JsonObject sample) =>
        from node in SchemaNode.Walk(Kinds.Schemas[(string)sample["kind"]!])
        where node.IsInSpec
        from wrong in Wrong(node)
        let changed = Changed(sample, node.Path, wrong)
        where changed is not null
        select new WrongValue(node.Path.Replace("[]", "", StringComparison.Ordinal), wrong?.ToJsonString() ?? "nothing", changed);

    private static IEnumerable<JsonNode?> Wrong(SchemaNode node)
    {
        if (node is { IsRequired: true } && !node.Path.EndsWith("[]", StringComparison.Ordinal))
            yield return null;
        yield return node.Type == "string" ? JsonValue.Create(5) : JsonValue.Create("text");
        if (node.Schema["minimum"] is JsonValue minimum)
            yield return JsonValue.Create((long)minimum - 1);
        if (node.Schema["maximum"] is JsonValue maximum)
            yield return JsonValue.Create((long)maximum + 1);
        if (node.Schema["pattern"] is not null)
            yield return JsonValue.Create("a; rm -rf /\n");
        if (node.Schema["minLength"] is not null)
            yield return JsonValue.Create("");
        if (node.Schema["maxLength"] is JsonValue length)
            yield return JsonValue.Create(new string('a', (int)length + 1));
        if (node.Values is not null)
            yield return JsonValue.Create("Wrong");
        if (node.Schema["minItems"] is not null)
            yield return new JsonArray();
        if (node.Schema["maxItems"] is JsonValue items)
            yield return new JsonArray([.. Enumerable.Range(0, (int)items + 1).Select(_ => JsonValue.Create("a"))]);
    }

    /// <summary>The sample with the value at the first place that the path leads to; null for "left out". Null if it leads nowhere in this sample.</summary>
    private static JsonObject? Changed(JsonObject sample, string path, JsonNode? value)
    {
        var copy = (JsonObject)sample.DeepClone();
        var (parentPath, name) = path.EndsWith("[]", StringComparison.Ordinal) ? (path[..^2], "") : (path[..Math.Max(path.LastIndexOf('.'), 0)], path[(path.LastIndexOf('.') + 1)..]);
        switch (At(copy, parentPath.Split('.', StringSplitOptions.RemoveEmptyEntries)))
        {
            case JsonArray { Count: > 0 } items:
                items[0] = value;
                return copy;
            case JsonObject members when value is null && members.Remove(name):
                return copy;
            case JsonObject members when value is not null && members.ContainsKey(name):
                members[name] = value;
                return copy;
            default:
                return null;
        }
    }

    private static JsonNode? At(JsonNode? node, ReadOnlySpan<string> path)
    {
        if (path is [])
            return node;

        var isList = path[0].EndsWith("[]", StringComparison.Ordinal);
        var next = (node as JsonObject)?[isList ? path[0][..^2] : path[0]];
        // Not every item has every field: the first that leads on is taken.
        return isList ? AtFirst(next as JsonArray, path[1..]) : At(next, path[1..]);
    }

    private static JsonNode? AtFirst(JsonArray? items, ReadOnlySpan<string> path)
    {
        foreach (var item in items ?? [])
        {
            if (At(item, path) is { } found and not JsonArray { Count: 0 })
                return found;
        }

        return null;
    }
}

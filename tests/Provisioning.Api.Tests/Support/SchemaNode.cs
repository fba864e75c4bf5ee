using System.Text.Json.Nodes;

namespace Provisioning.Api.Tests.Support;

/// <summary>One node of a CRD schema with the path that leads to it, "spec.hardware.interfaces[].name".</summary>
internal sealed record SchemaNode(string Path, JsonObject Schema, bool IsRequired)
{
    internal string Type => (string)Schema["type"]!;

    internal JsonArray? Values => Schema["enum"] as JsonArray;

    internal bool IsInSpec => Path == "spec" || Path.StartsWith("spec.", StringComparison.Ordinal);

    internal IEnumerable<(string Rule, string Message)> Rules =>
        (Schema["x-kubernetes-validations"] as JsonArray ?? []).Select(rule => ((string)rule!["rule"]!, (string)rule["message"]!));

    internal IReadOnlySet<string> Required => (Schema["required"] as JsonArray ?? []).Select(name => (string)name!).ToHashSet(StringComparer.Ordinal);

    /// <summary>The node itself and everything below it.</summary>
    internal static IEnumerable<SchemaNode> Walk(JsonObject schema, string path = "", bool isRequired = true)
    {
        var node = new SchemaNode(path, schema, isRequired);
        yield return node;
        foreach (var (name, property) in schema["properties"] as JsonObject ?? [])
        {
            foreach (var below in Walk((JsonObject)property!, path.Length == 0 ? name : $"{path}.{name}", node.Required.Contains(name)))
                yield return below;
        }

        if (schema["items"] is JsonObject items)
        {
            foreach (var below in Walk(items, path + "[]"))
                yield return below;
        }
    }
}

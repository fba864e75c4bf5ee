using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Provisioning.Api;

namespace Provisioning.CrdGenerator;

/// <summary>Writes docs/reference/api.md: a section per kind with a table of every field, in the order of the types.</summary>
internal static class ReferencePage
{
    internal static string Write(IReadOnlyList<ResourceKind> kinds)
    {
        var text = new StringBuilder();
        text.Append($"""
            <!-- Generated from src/Provisioning.Api; do not edit. To make it anew: {GeneratedFiles.Command} -->
            # API reference: {ApiGroup.ApiVersion}

            All kinds live in a namespace, refer only to objects of their own namespace, and are listed together by `kubectl get {ApiGroup.Category}`.
            `kubectl explain pn.spec` (with the short name of a kind) shows the same texts. **Bold** fields must be given.
            Users write `spec` only; the operator writes `status` only. Times are RFC 3339 in UTC. Newer operators may know more values of an enumeration.


            """);
        foreach (var kind in kinds)
            text.Append($"- [{kind.Names.Kind}](#{kind.Names.Kind.ToLowerInvariant()}) (`kubectl get {kind.Names.Plural}.{ApiGroup.Name}`, short `{string.Join("`, `", kind.Names.ShortNames)}`)\n");
        foreach (var kind in kinds)
            WriteKind(text, kind);
        return text.ToString();
    }

    private static void WriteKind(StringBuilder text, ResourceKind kind)
    {
        var schema = GeneratedFiles.Schema(kind);
        text.Append($"\n## {kind.Names.Kind}\n\n{Prose(schema)}\n");
        WriteRules(text, Rules(schema, kind.Names.Kind));
        foreach (var section in (string[])["spec", "status"])
        {
            var part = (JsonObject)schema["properties"]![section]!;
            text.Append($"\n### {kind.Names.Kind} {section}\n\n{Prose(part)}\n\n| field | type | default | allowed | meaning |\n| --- | --- | --- | --- | --- |\n");
            WriteFields(text, part, section);
            WriteRules(text, Rules(part, section));
        }
    }

    private static void WriteFields(StringBuilder text, JsonObject parent, string path)
    {
        var required = (parent["required"] as JsonArray ?? []).Select(name => (string)name!).ToHashSet(StringComparer.Ordinal);
        foreach (var (name, node) in (JsonObject)parent["properties"]!)
        {
            var field = (JsonObject)node!;
            var fieldPath = $"{path}.{name}";
            var shown = required.Contains(name) ? $"**{fieldPath}**" : fieldPath;
            text.Append($"| {shown} | {TypeOf(field)} | {Code(field["default"])} | {Allowed(field)} | {Cell((string)field["description"]!)} |\n");
            if (field.ContainsKey("properties"))
                WriteFields(text, field, fieldPath);
            else if (field["items"] is JsonObject items && items.ContainsKey("properties"))
                WriteFields(text, items, fieldPath + "[]");
        }
    }

    private static string TypeOf(JsonObject field) => field switch
    {
        _ when field.ContainsKey("enum") => "enum",
        _ when field["items"] is JsonObject items => $"list of {TypeOf(items)}s",
        _ when (string?)field["format"] == "date-time" => "time",
        _ when field["format"] is { } format => (string)format!,
        _ => (string)field["type"]!,
    };

    private static string Allowed(JsonObject field)
    {
        List<string> rules = [];
        if (field["enum"] is JsonArray values)
            rules.Add(string.Join(", ", values.Select(Code)));
        AddBounds(rules, field, "minimum", "maximum", "");
        AddBounds(rules, field, "minLength", "maxLength", " characters");
        AddBounds(rules, field, "minItems", "maxItems", " items");
        if (field["x-kubernetes-list-map-keys"] is JsonArray keys)
            rules.Add($"unique by {string.Join(", ", keys)}");
        if (field["pattern"] is { } pattern)
            rules.Add($"pattern {Code(pattern)}");
        if (field["items"] is JsonObject items && !items.ContainsKey("properties"))
            rules.Add($"each: {Allowed(items)}");
        return string.Join("; ", rules);
    }

    private static void AddBounds(List<string> rules, JsonObject field, string minimum, string maximum, string unit)
    {
        if ((field[minimum], field[maximum]) is not (null, null) and var (least, most))
            rules.Add((least, most) switch
            {
                (null, _) => $"at most {most}{unit}",
                (_, null) => $"at least {least}{unit}",
                _ => $"{least} to {most}{unit}",
            });
    }

    private static IEnumerable<(string Path, string Message)> Rules(JsonObject schema, string path)
    {
        foreach (var rule in schema["x-kubernetes-validations"] as JsonArray ?? [])
            yield return (path, (string)rule!["message"]!);
        if (schema["items"] is JsonObject items)
        {
            foreach (var rule in Rules(items, path + "[]"))
                yield return rule;
        }

        if (path.Length > 0 && char.IsUpper(path[0]))
            yield break;
        foreach (var (name, property) in schema["properties"] as JsonObject ?? [])
        {
            foreach (var rule in Rules((JsonObject)property!, $"{path}.{name}"))
                yield return rule;
        }
    }

    private static void WriteRules(StringBuilder text, IEnumerable<(string Path, string Message)> rules)
    {
        var lines = rules.Select(rule => $"- `{rule.Path}` {Cell(rule.Message)}.\n").ToList();
        if (lines.Count > 0)
            text.Append($"\nRules across fields:\n\n{string.Concat(lines)}");
    }

    private static string Prose(JsonObject schema) => Cell((string)schema["description"]!);

    private static string Code(JsonNode? value) => value switch
    {
        null => "",
        JsonValue scalar when scalar.GetValueKind() == JsonValueKind.String => $"`{scalar.GetValue<string>().Replace("|", "\\|", StringComparison.Ordinal)}`",
        _ => $"`{value.ToJsonString()}`",
    };

    /// <summary>A pipe ends a table cell even inside code; angle brackets would be HTML.</summary>
    private static string Cell(string text) =>
        text.Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace("*", "\\*", StringComparison.Ordinal);
}

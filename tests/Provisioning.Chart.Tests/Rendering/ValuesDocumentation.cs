using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Provisioning.Chart.Tests.Bed;

namespace Provisioning.Chart.Tests.Rendering;

/// <summary>Makes the table of README.md and the descriptions of values.schema.json from the comments of values.yaml.</summary>
internal static class ValuesDocumentation
{
    private const string Begin = "<!-- values: made from values.yaml -->";
    private const string End = "<!-- end of values -->";
    private const string Mark = "# -- ";

    // Text as a person would write it: no \u0022 for a quotation mark.
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Texts by the path of the value, in the order of the file.</summary>
    public static IReadOnlyList<(string Path, string Text)> Texts()
    {
        List<(string, string)> texts = [];
        List<(int Indent, string Key)> open = [];
        string? text = null;
        foreach (var line in File.ReadLines(PathOf("values.yaml")))
        {
            var trimmed = line.TrimStart();
            if (trimmed.StartsWith(Mark, StringComparison.Ordinal))
            {
                text = trimmed[Mark.Length..];
                continue;
            }

            var colon = trimmed.IndexOf(':', StringComparison.Ordinal);
            if (trimmed.StartsWith('#') || trimmed.StartsWith('-') || colon < 0)
                continue;
            var indent = line.Length - trimmed.Length;
            open.RemoveAll(level => level.Indent >= indent);
            open.Add((indent, trimmed[..colon]));
            if (text is not null)
                texts.Add((string.Join('.', open.Select(level => level.Key)), text));
            text = null;
        }

        return texts;
    }

    /// <summary>README.md with the table.</summary>
    public static string Readme(string readme)
    {
        var values = Yaml.ReadAll(File.ReadAllText(PathOf("values.yaml"))).Single();
        var table = new StringBuilder($"{Begin}\n\n| value | default | meaning |\n| --- | --- | --- |\n");
        foreach (var (path, text) in Texts())
            table.Append($"| `{path}` | {Default(Find(values, path))} | {text.Replace("|", "\\|", StringComparison.Ordinal)} |\n");
        var from = readme.IndexOf(Begin, StringComparison.Ordinal);
        var to = readme.IndexOf(End, StringComparison.Ordinal);
        Assert.True(from >= 0 && to > from, $"README.md of the chart has no '{Begin}' and '{End}'.");
        return $"{readme[..from]}{table}\n{readme[to..]}";
    }

    /// <summary>values.schema.json with the descriptions.</summary>
    public static string Schema(string schema)
    {
        var root = (JsonObject)JsonNode.Parse(schema)!;
        foreach (var (path, text) in Texts())
        {
            var property = path.Split('.').Aggregate((JsonNode?)root, (node, key) => node?["properties"]?[key]);
            Assert.True(property is not null, $"values.schema.json does not know {path}.");
            property["description"] = text;
        }

        return root.ToJsonString(Json) + "\n";
    }

    /// <summary>Paths that have a type of their own in the schema.</summary>
    public static IEnumerable<string> SchemaPaths(JsonNode schema, string prefix = "")
    {
        foreach (var (key, property) in schema["properties"]?.AsObject() ?? [])
        {
            if (prefix.Length == 0 && key == "global")
                continue;
            if (property!["additionalProperties"] is JsonValue)
            {
                foreach (var inner in SchemaPaths(property, $"{prefix}{key}."))
                    yield return inner;
            }
            else
            {
                yield return prefix + key;
            }
        }
    }

    public static string PathOf(string file) => Path.Combine(Helm.Chart, file);

    private static JsonNode? Find(JsonNode values, string path) => path.Split('.').Aggregate((JsonNode?)values, (node, key) => node?[key]);

    private static string Default(JsonNode? value) => $"`{value?.ToJsonString(new JsonSerializerOptions { Encoder = Json.Encoder }) ?? "null"}`";
}

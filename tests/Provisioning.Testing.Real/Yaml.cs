using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Provisioning.Testing.Real;

/// <summary>Reads YAML as kubectl does: unquoted scalars that look like YAML 1.1 booleans, numbers or null are such.</summary>
public static class Yaml
{
    private static readonly HashSet<string> Booleans = new(StringComparer.OrdinalIgnoreCase) { "y", "yes", "n", "no", "true", "false", "on", "off" };

    public static IReadOnlyList<JsonObject> ReadAll(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return [.. stream.Documents.Select(document => (JsonObject)Read(document.RootNode)!)];
    }

    public static bool IsBoolean(string plain) => Booleans.Contains(plain);

    public static bool IsNull(string plain) => plain is "" or "~" || string.Equals(plain, "null", StringComparison.OrdinalIgnoreCase);

    private static JsonNode? Read(YamlNode node) => node switch
    {
        YamlMappingNode mapping => new JsonObject(mapping.Children.Select(child => KeyValuePair.Create(((YamlScalarNode)child.Key).Value!, Read(child.Value)))),
        YamlSequenceNode sequence => new JsonArray([.. sequence.Children.Select(Read)]),
        YamlScalarNode { Style: ScalarStyle.Plain } scalar => Plain(scalar.Value!),
        YamlScalarNode scalar => JsonValue.Create(scalar.Value),
        _ => throw new InvalidOperationException($"Unexpected YAML at {node.Start}."),
    };

    private static JsonValue? Plain(string value) =>
        IsNull(value) ? null
        : IsBoolean(value) ? JsonValue.Create(value.ToLowerInvariant() is "y" or "yes" or "true" or "on")
        : long.TryParse(value, CultureInfo.InvariantCulture, out var number) ? JsonValue.Create(number)
        : double.TryParse(value, CultureInfo.InvariantCulture, out var real) ? JsonValue.Create(real)
        : JsonValue.Create(value);
}

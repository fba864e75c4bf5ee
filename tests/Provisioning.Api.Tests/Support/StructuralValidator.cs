using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Provisioning.Api.Tests.Support;

/// <summary>What an API server does with an object and a structural schema, without CEL: fill in defaults, then check.</summary>
internal static class StructuralValidator
{
    internal static void FillDefaults(JsonObject schema, JsonNode? value)
    {
        if (value is JsonArray items)
        {
            foreach (var item in items)
                FillDefaults((JsonObject)schema["items"]!, item);
        }
        else if (value is JsonObject members)
        {
            foreach (var (name, property) in schema["properties"] as JsonObject ?? [])
            {
                if (!members.ContainsKey(name) && property!["default"] is { } initial)
                    members[name] = initial.DeepClone();
                FillDefaults((JsonObject)property!, members[name]);
            }
        }
    }

    /// <summary>What is wrong, each as "path: rule"; unknown fields count as wrong.</summary>
    internal static IReadOnlyList<string> Check(JsonObject schema, JsonNode? value, string path = "") => (value, (string)schema["type"]!) switch
    {
        (JsonObject members, "object") when schema["properties"] is JsonObject properties => CheckObject(schema, properties, members, path),
        (JsonObject, "object") => [],
        (JsonArray items, "array") => CheckArray(schema, items, path),
        (JsonValue text, "string") when text.GetValueKind() == JsonValueKind.String => CheckString(schema, text.GetValue<string>(), path),
        (JsonValue number, "integer") when number.GetValueKind() == JsonValueKind.Number => CheckInteger(schema, number.ToJsonString(), path),
        (JsonValue flag, "boolean") when flag.GetValueKind() is JsonValueKind.True or JsonValueKind.False => [],
        var (_, type) => [$"{path}: must be of type {type}"],
    };

    /// <summary>As RE2 in the API server: <c>$</c> is the very end, in .NET it matches before a last line feed too.</summary>
    internal static bool Matches(string pattern, string text) =>
        Regex.IsMatch(text, pattern.Replace("$", "\\z", StringComparison.Ordinal), RegexOptions.None, TimeSpan.FromSeconds(5));

    private static IReadOnlyList<string> CheckObject(JsonObject schema, JsonObject properties, JsonObject members, string path) =>
    [
        .. from name in schema["required"] as JsonArray ?? []
           where !members.ContainsKey((string)name!)
           select $"{Join(path, (string)name!)}: must be given",
        .. from member in members
           where !properties.ContainsKey(member.Key)
           select $"{Join(path, member.Key)}: is unknown",
        .. from member in members
           where properties.ContainsKey(member.Key)
           from error in Check((JsonObject)properties[member.Key]!, member.Value, Join(path, member.Key))
           select error,
    ];

    private static IReadOnlyList<string> CheckArray(JsonObject schema, JsonArray items, string path)
    {
        var keys = schema["x-kubernetes-list-map-keys"] as JsonArray ?? [];
        var repeated = keys.Count > 0 && items.OfType<JsonObject>().GroupBy(item => string.Join('|', keys.Select(key => item[(string)key!]?.ToJsonString()))).Any(group => group.Count() > 1);
        return
        [
            .. Bounds(schema, "minItems", "maxItems", items.Count, path),
            .. repeated ? [$"{path}: has repeated items"] : Array.Empty<string>(),
            .. items.SelectMany(item => Check((JsonObject)schema["items"]!, item, path + "[]")),
        ];
    }

    private static IReadOnlyList<string> CheckString(JsonObject schema, string text, string path) =>
    [
        .. Bounds(schema, "minLength", "maxLength", text.EnumerateRunes().Count(), path),
        .. schema["pattern"] is { } pattern && !Matches((string)pattern!, text) ? [$"{path}: must match {pattern}"] : Array.Empty<string>(),
        .. schema["enum"] is JsonArray values && !values.Any(value => (string)value! == text) ? [$"{path}: must be one of {values.ToJsonString()}"] : Array.Empty<string>(),
        .. (string?)schema["format"] == "date-time" && !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out _) ? [$"{path}: must be a time"] : Array.Empty<string>(),
    ];

    private static IReadOnlyList<string> CheckInteger(JsonObject schema, string text, string path) =>
        long.TryParse(text, CultureInfo.InvariantCulture, out var number) ? [.. Bounds(schema, "minimum", "maximum", number, path)] : [$"{path}: must be a whole number"];

    private static IEnumerable<string> Bounds(JsonObject schema, string minimum, string maximum, long value, string path)
    {
        if (schema[minimum] is JsonValue least && value < long.Parse(least.ToJsonString(), CultureInfo.InvariantCulture))
            yield return $"{path}: {minimum} is {least}";
        if (schema[maximum] is JsonValue most && value > long.Parse(most.ToJsonString(), CultureInfo.InvariantCulture))
            yield return $"{path}: {maximum} is {most}";
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}

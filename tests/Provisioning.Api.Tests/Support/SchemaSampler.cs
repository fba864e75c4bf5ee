using System.Globalization;
using System.Text.Json.Nodes;
using Provisioning.Api.Meta;

namespace Provisioning.Api.Tests.Support;

/// <summary>Makes random objects that a schema allows. Texts with a pattern are picked from examples, since the pattern decides little about JSON.</summary>
internal sealed class SchemaSampler(Random random)
{
    private static readonly string[] Texts =
    [
        "a", "1", "load-0123456789abcdef", "2026-11-23", "52:54:00:00:00:01", "192.0.2.1", "/var/lib/a", "debian.qcow2", "root", "Ready", "qemu:///session", Samples.HostKey, Samples.Digest,
        "", "Zeile mit Umlauten: äöü", "quotes \" and ' and \\", "line\nfeed", "\u0001 control", "😀", "<script>&amp;", "null",
    ];

    internal JsonObject Object(string kind)
    {
        var made = (JsonObject)Make(Kinds.Schemas[kind]);
        (made["apiVersion"], made["kind"], made["metadata"]) = (ApiGroup.ApiVersion, kind, new JsonObject { ["name"] = "name" });
        return made;
    }

    private JsonNode Make(JsonObject schema) => (string)schema["type"]! switch
    {
        "object" => MakeObject(schema),
        "array" => new JsonArray([.. Enumerable.Range(0, random.Next((int?)schema["minItems"] ?? 0, 4)).Select(index => Item(schema, index))]),
        "string" => JsonValue.Create(Text(schema)),
        "integer" => JsonValue.Create(random.NextInt64((long)schema["minimum"]!, Math.Min((long?)schema["maximum"] ?? int.MaxValue, int.MaxValue))),
        var type => type == "boolean" ? JsonValue.Create(random.Next(2) == 0) : throw new InvalidOperationException($"No sample for {type}."),
    };

    private JsonObject MakeObject(JsonObject schema)
    {
        var node = new SchemaNode("", schema, true);
        return new JsonObject((schema["properties"] as JsonObject ?? [])
            .Where(property => node.Required.Contains(property.Key) || random.Next(3) > 0)
            .Select(property => KeyValuePair.Create(property.Key, (JsonNode?)Make((JsonObject)property.Value!))));
    }

    /// <summary>Items of list maps differ in their keys; a key with few values limits the list, so such a list gets one item.</summary>
    private JsonNode Item(JsonObject list, int index)
    {
        var item = Make((JsonObject)list["items"]!);
        foreach (var key in list["x-kubernetes-list-map-keys"] as JsonArray ?? [])
        {
            var field = (JsonObject)list["items"]!["properties"]![(string)key!]!;
            item[(string)key!] = (field["enum"] as JsonArray, (string)field["type"]!) switch
            {
                (JsonArray values, _) => (string)values[index]!,
                (_, "integer") => index + 1,
                _ => $"item{index}",
            };
        }

        return item;
    }

    private string Text(JsonObject schema)
    {
        if (schema["enum"] is JsonArray values)
            return (string)values[random.Next(values.Count)]!;
        if ((string?)schema["format"] == "date-time")
            return DateTimeOffset.UnixEpoch.AddSeconds(random.Next()).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

        var fitting = Texts.Where(text => StructuralValidator.Check(schema, text).Count == 0).ToList();
        return fitting.Count > 0 ? fitting[random.Next(fitting.Count)] : throw new InvalidOperationException($"No text fits {schema["pattern"]}: add one to {nameof(Texts)}.");
    }
}

using System.Text.Json.Nodes;
using Provisioning.Api.Tests.Support;

namespace Provisioning.Api.Tests.Crds;

public sealed class DefaultsTests
{
    /// <summary>The server fills in the defaults of objects that users write, the types those of objects made in memory; both must mean the same.</summary>
    [Theory]
    [MemberData(nameof(Kinds.Names), MemberType = typeof(Kinds))]
    public void Schema_and_types_have_the_same_defaults(string kind)
    {
        foreach (var sample in Samples.All.Where(sample => sample.Kind == kind).Select(Kinds.Write))
        {
            var bare = OnlyRequired(Kinds.Schemas[kind], sample);
            var byServer = (JsonObject)bare.DeepClone();
            StructuralValidator.FillDefaults(Kinds.Schemas[kind], byServer);
            var byTypes = Kinds.Write(Kinds.Read(bare));

            Assert.Equal(Sorted(Kinds.Write(Kinds.Read(byServer))), Sorted(byTypes));
            Assert.Equal(Sorted(WithoutEmptyLists(byServer["spec"]!)), Sorted(WithoutEmptyLists(byTypes["spec"]!)));
        }
    }

    [Fact]
    public void Machine_that_is_only_named_gets_its_sections_with_their_defaults()
    {
        var node = (JsonObject)JsonNode.Parse("""{"apiVersion":"provisioning.dev/v1alpha1","kind":"Node","metadata":{"name":"a"},"spec":{"provisionerRef":{"name":"p"}}}""")!;

        StructuralValidator.FillDefaults(Kinds.Schemas["Node"], node);

        Assert.Equal(22, (long)node["spec"]!["operatingSystem"]!["port"]!);
        Assert.Equal(1024, (long)node["spec"]!["hardware"]!["memoryMiB"]!);
        Assert.Null(node["spec"]!["powerState"]);
    }

    private static JsonObject OnlyRequired(JsonObject schema, JsonObject value)
    {
        var node = new SchemaNode("", schema, true);
        return new JsonObject(value
            .Where(member => node.Required.Contains(member.Key) || member.Key is "apiVersion" or "kind" or "metadata")
            .Select(member => KeyValuePair.Create(member.Key, schema["properties"]![member.Key]!["properties"] is null
                ? member.Value?.DeepClone()
                : OnlyRequired((JsonObject)schema["properties"]![member.Key]!, (JsonObject)member.Value!))));
    }

    /// <summary>The schema leaves a list without items absent, the types have it empty: both mean "none".</summary>
    private static JsonNode WithoutEmptyLists(JsonNode node) =>
        node is JsonObject members
            ? new JsonObject(members.Where(member => member.Value is not JsonArray { Count: 0 }).Select(member => KeyValuePair.Create(member.Key, (JsonNode?)WithoutEmptyLists(member.Value!))))
            : node.DeepClone();

    private static string Sorted(JsonNode node) => (node switch
    {
        JsonObject members => new JsonObject(members.OrderBy(member => member.Key, StringComparer.Ordinal).Select(member => KeyValuePair.Create(member.Key, JsonNode.Parse(Sorted(member.Value!))))),
        _ => node,
    }).ToJsonString();
}

using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Provisioning.Api.Tests.Support;
using Provisioning.CrdGenerator;

namespace Provisioning.Api.Tests.Crds;

/// <summary>The rules of the Kubernetes API conventions and of kube-api-linter that a schema can break.</summary>
public sealed partial class CrdRulesTests
{
    /// <summary>Fixed by Kubernetes; metadata may not even be described.</summary>
    private static readonly string[] Envelope = ["metadata"];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private static IEnumerable<(string Kind, SchemaNode Node)> Nodes =>
        Kinds.Schemas.SelectMany(kind => SchemaNode.Walk(kind.Value).Where(node => !Envelope.Contains(node.Path)).Select(node => (kind.Key, node)));

    private static IEnumerable<(string Kind, SchemaNode Node)> Fields => Nodes.Where(item => item.Node.Path is not ("" or "apiVersion" or "kind"));

    [Fact]
    public void Every_node_has_one_plain_type() =>
        HoldsFor(Nodes, node => node.Schema["type"] is JsonValue && node.Type is "object" or "array" or "string" or "integer" or "boolean");

    [Fact]
    public void Nothing_is_used_that_a_structural_schema_forbids() =>
        HoldsFor(Nodes, node => !node.Schema.Any(member => member.Key is "$ref" or "$defs" or "nullable" or "oneOf" or "anyOf" or "allOf" or "not" or "additionalProperties" or "x-kubernetes-preserve-unknown-fields"));

    [Fact]
    public void Objects_have_properties_and_no_maps_of_objects() =>
        HoldsFor(Nodes, node => node.Type != "object" || node.Schema["properties"] is JsonObject { Count: > 0 });

    [Fact]
    public void Every_field_is_documented_by_sentences() =>
        HoldsFor(Nodes.Where(item => !item.Node.Path.EndsWith("[]", StringComparison.Ordinal)), node => Sentences().IsMatch((string?)node.Schema["description"] ?? ""));

    [Fact]
    public void Values_are_explained_in_one_style_after_what_the_field_is() => HoldsFor(Nodes.Where(item => item.Node.Schema["enum"] is not null), node =>
    {
        var text = (string)node.Schema["description"]!;
        var values = node.Schema["enum"]!.AsArray().Select(value => (string)value!).ToList();
        var explained = values.Count(value => Regex.IsMatch(text, $@"[.] {value}: (?![A-Z][a-z ])", RegexOptions.ExplicitCapture, Patience));
        return values.All(value => !Regex.IsMatch(text, $@"^{value}\b", RegexOptions.ExplicitCapture, Patience)) && (explained == values.Count || (explained == 0 && values.All(value => text.Contains(value, StringComparison.Ordinal))));
    });

    [Fact]
    public void Names_are_lower_camel_case() =>
        HoldsFor(Nodes.Where(item => item.Node.Path.Length > 0), node => CamelCase().IsMatch(node.Path.Split('.')[^1].Replace("[]", "", StringComparison.Ordinal)));

    [Fact]
    public void Specs_hold_no_booleans_because_they_cannot_grow_a_third_value() =>
        HoldsFor(Fields.Where(item => item.Node.IsInSpec), node => node.Type != "boolean");

    [Fact]
    public void Numbers_are_sized_integers_with_a_lower_bound() =>
        HoldsFor(Fields.Where(item => item.Node.Type == "integer"), node => (string?)node.Schema["format"] is "int32" or "int64" && node.Schema["minimum"] is not null);

    [Fact]
    public void Numbers_of_specs_have_an_upper_bound_too_but_for_seeds() =>
        HoldsFor(Fields.Where(item => item.Node.IsInSpec && item.Node.Type == "integer"), node => node.Schema["maximum"] is not null || node.Path.EndsWith("seed", StringComparison.Ordinal));

    [Fact]
    public void Durations_are_whole_numbers_with_their_unit_in_the_name() =>
        HoldsFor(Fields, node => (string?)node.Schema["format"] != "duration" && !node.Path.EndsWith("Duration", StringComparison.Ordinal));

    [Fact]
    public void Times_are_called_so() =>
        HoldsFor(Fields.Where(item => (string?)item.Node.Schema["format"] == "date-time"), node => node.Path.EndsWith("Time", StringComparison.Ordinal));

    [Fact]
    public void Every_free_text_is_bounded() =>
        HoldsFor(Fields.Where(item => item.Node.Type == "string"), node => node.Values is not null || (string?)node.Schema["format"] == "date-time" || node.Schema["maxLength"] is not null);

    [Fact]
    public void Every_list_is_bounded_and_says_how_it_merges() =>
        HoldsFor(Fields.Where(item => item.Node.Type == "array"), node => node.Schema["maxItems"] is not null && (string?)node.Schema["x-kubernetes-list-type"] is "map" or "atomic" or "set");

    [Fact]
    public void Keys_of_list_maps_are_required() =>
        HoldsFor(Fields.Where(item => item.Node.Schema["x-kubernetes-list-map-keys"] is not null), node =>
        {
            var items = new SchemaNode("", (JsonObject)node.Schema["items"]!, true);
            return node.Schema["x-kubernetes-list-map-keys"]!.AsArray().All(key => items.Required.Contains((string)key!));
        });

    [Fact]
    public void Values_of_enums_are_camel_case_words() =>
        HoldsFor(Fields.Where(item => item.Node.Values is not null), node => node.Values!.All(value => EnumValue().IsMatch((string)value!)));

    /// <summary>
    /// Users write specs in YAML, where an unquoted On would arrive as a boolean. A status is never written by hand, so there the words stay:
    /// True and False of conditions are Kubernetes' own, On, Off, Yes and No read best in kubectl get.
    /// </summary>
    [Fact]
    public void No_value_of_a_spec_is_one_that_yaml_reads_as_a_boolean_or_null() =>
        HoldsFor(Fields.Where(item => item.Node is { IsInSpec: true, Values: not null }), node => !node.Values!.Any(value => Yaml.IsBoolean((string)value!) || Yaml.IsNull((string)value!)));

    [Fact]
    public void Required_fields_have_no_default_and_nothing_in_a_status_has() =>
        HoldsFor(Fields, node => node.Schema["default"] is null || (node.IsInSpec && !node.IsRequired));

    [Fact]
    public void Status_is_optional_and_a_subresource_and_spec_is_required()
    {
        foreach (var kind in ResourceKind.All)
        {
            Assert.Equal(["spec"], new SchemaNode("", Kinds.Schemas[kind.Names.Kind], true).Required);
            Assert.NotNull(CustomResourceDefinition.Of(kind)["spec"]!["versions"]![0]!["subresources"]!["status"]);
        }
    }

    [Fact]
    public void Conditions_have_the_fields_of_the_kubernetes_type()
    {
        foreach (var schema in Kinds.Schemas.Values)
        {
            var conditions = SchemaNode.Walk(schema).Single(node => node.Path == "status.conditions");
            Assert.Equal("""["type"]""", conditions.Schema["x-kubernetes-list-map-keys"]!.ToJsonString());
            var item = new SchemaNode("", (JsonObject)conditions.Schema["items"]!, true);
            Assert.Equal(["lastTransitionTime", "message", "reason", "status", "type"], item.Required.Order(StringComparer.Ordinal));
            Assert.Equal(["lastTransitionTime", "message", "observedGeneration", "reason", "status", "type"], ((JsonObject)item.Schema["properties"]!).Select(field => field.Key).Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void Rules_have_messages_that_say_what_must_be() =>
        HoldsFor(Nodes, node => node.Rules.All(rule => rule.Message.StartsWith("must ", StringComparison.Ordinal) && !rule.Message.Contains('\n', StringComparison.Ordinal)));

    /// <summary>A rule that reads a field that is not there fails as an error; so each field is required, defaulted or asked for with has() first.</summary>
    [Fact]
    public void Rules_read_no_field_that_may_be_absent() =>
        HoldsFor(Nodes, node => node.Rules.All(rule => ReadField().Matches(rule.Rule).Select(match => match.Groups["field"].Value).Distinct().All(field =>
            field == "metadata" || node.Required.Contains(field) || node.Schema["properties"]![field]!["default"] is not null || rule.Rule.Contains($"has(self.{field})", StringComparison.Ordinal))));

    [Fact]
    public void Columns_show_fields_that_exist()
    {
        foreach (var kind in ResourceKind.All)
        {
            var fields = SchemaNode.Walk(Kinds.Schemas[kind.Names.Kind]).ToDictionary(node => node.Path, StringComparer.Ordinal);
            foreach (var column in kind.Columns.Where(column => !column.JsonPath.StartsWith(".metadata.", StringComparison.Ordinal)))
            {
                var field = fields[Filter().Replace(column.JsonPath[1..], "[]")];
                Assert.Equal(column.Type, field.Type);
            }
        }
    }

    private static void HoldsFor(IEnumerable<(string Kind, SchemaNode Node)> nodes, Func<SchemaNode, bool> rule)
    {
        var all = nodes.ToList();
        Assert.NotEmpty(all);
        Assert.Equal([], all.Where(item => !rule(item.Node)).Select(item => $"{item.Kind} {item.Node.Path}"));
    }

    [GeneratedRegex(@"^[A-Za-z].{5,}\.\z", RegexOptions.Singleline, 1000)]
    private static partial Regex Sentences();

    [GeneratedRegex(@"^[a-z][A-Za-z0-9]*\z", RegexOptions.None, 1000)]
    private static partial Regex CamelCase();

    [GeneratedRegex(@"^[A-Z][A-Za-z0-9]*\z", RegexOptions.None, 1000)]
    private static partial Regex EnumValue();

    [GeneratedRegex(@"(self|oldSelf)\.(?<field>[A-Za-z]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ReadField();

    [GeneratedRegex(@"\[\?[^\]]*\]", RegexOptions.None, 1000)]
    private static partial Regex Filter();
}

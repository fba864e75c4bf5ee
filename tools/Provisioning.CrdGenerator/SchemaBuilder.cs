using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using Provisioning.Api;
using Provisioning.Api.Schema;

namespace Provisioning.CrdGenerator;

/// <summary>
/// Turns a resource type into the structural schema that Kubernetes asks for: the names and types come from the JSON contract that the
/// operator itself reads and writes with, the rules from the attributes, the texts from the XML documentation, the defaults from a new instance.
/// </summary>
internal sealed class SchemaBuilder(XmlDocumentation documentation)
{
    internal JsonObject Build(ResourceKind kind)
    {
        var options = new JsonSchemaExporterOptions { TransformSchemaNode = Transform, TreatNullObliviousAsNonNullable = true };
        return (JsonObject)ApiJsonContext.Default.GetTypeInfo(kind.Type)!.GetJsonSchemaAsNode(options);
    }

    private JsonObject Transform(JsonSchemaExporterContext context, JsonNode exported)
    {
        var type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        var property = Property(context);
        // The server fixes the schema of metadata and refuses a CRD that says more than this, even a description.
        if (type == typeof(Api.Meta.ObjectMeta))
            return new JsonObject { ["type"] = "object" };
        // What a converter of our own writes is not known to the exporter.
        if (type == typeof(DateTimeOffset))
            exported = new JsonObject { ["type"] = "string", ["format"] = "date-time" };
        // A type that a kind holds in a second place is only referred to there, which a structural schema cannot do. An item has no rules but those of its type.
        if (exported is JsonObject reference && reference.ContainsKey("$ref") && property is null && context.Path is [_, ..])
            return (JsonObject)context.TypeInfo.GetJsonSchemaAsNode(new() { TransformSchemaNode = Transform, TreatNullObliviousAsNonNullable = true });
        if (exported is not JsonObject source || source.ContainsKey("$ref"))
            throw new InvalidOperationException($"{Where(context)} is recursive or untyped; a structural schema can hold neither.");

        var schema = new JsonObject();
        if (Description(type, property, context) is { } description)
            schema["description"] = description;
        schema["type"] = type.IsEnum ? "string" : JsonType(source);
        if (property is not null && context.Path is ["properties", "spec", "properties", ..])
            AddDefault(schema, property, type);
        AddType(schema, source, type);
        if (property is not null)
            AddRules(schema, property);
        AddValidations(schema, type, property);
        return schema;
    }

    private static PropertyInfo? Property(JsonSchemaExporterContext context) => context.PropertyInfo?.AttributeProvider as PropertyInfo;

    private static string Where(JsonSchemaExporterContext context) => string.Join('/', context.Path.ToArray());

    /// <summary>The documentation of spec and status is that of their types; items of lists and the like have only that of their type.</summary>
    private string? Description(Type type, PropertyInfo? property, JsonSchemaExporterContext context)
    {
        var isOurs = type.Assembly == typeof(ApiGroup).Assembly;
        if (property is null || context.Path is ["properties", "spec" or "status"])
            return isOurs ? documentation.Summary(type) : null;

        var text = documentation.Summary(property);
        return type.IsEnum ? WithValues(text, type) : text;
    }

    /// <summary>An enum whose values the text does not name gets them listed, so that kubectl explain teaches them.</summary>
    private string WithValues(string text, Type enumeration)
    {
        var values = Enum.GetNames(enumeration);
        if (values.All(value => text.Contains(value, StringComparison.Ordinal)))
            return text;

        return $"{text} {string.Join(" ", values.Select(value => $"{value}: {Uncapitalized(documentation.Summary(enumeration, value))}"))}";
    }

    private static string Uncapitalized(string text) =>
        text.Length > 1 && (char.IsLower(text[1]) || text[1] == ' ') ? char.ToLowerInvariant(text[0]) + text[1..] : text;

    /// <summary>Optional members are exported as "type or null"; in a CRD they are simply not required.</summary>
    private static string JsonType(JsonObject source) => source["type"] switch
    {
        JsonArray alternatives => alternatives.Select(alternative => (string)alternative!).Single(name => name != "null"),
        var single => (string)single!,
    };

    private static void AddType(JsonObject schema, JsonObject source, Type type)
    {
        if (type == typeof(int))
            schema["format"] = "int32";
        if (type == typeof(long))
            schema["format"] = "int64";
        if (source["format"] is { } format)
            schema["format"] = format.DeepClone();
        if (type.IsEnum)
            schema["enum"] = new JsonArray([.. Enum.GetNames(type).Select(name => JsonValue.Create(name))]);
        if (source["items"] is { } items)
            schema["items"] = items.DeepClone();
        if (source["properties"] is JsonObject properties)
        {
            if (Required(type) is { Count: > 0 } required)
                schema["required"] = required;
            schema["properties"] = properties.DeepClone();
        }
    }

    /// <summary>A spec is always required, since something in each of them is.</summary>
    private static JsonArray Required(Type type) =>
    [
        .. from property in type.GetProperties()
           where property.IsDefined(typeof(RequiredAttribute)) || (type.IsDefined(typeof(KubernetesEntityAttribute)) && property.Name == "Spec")
           select JsonValue.Create(JsonName(property))
    ];

    private static string JsonName(PropertyInfo property) =>
        ApiJsonContext.Default.GetTypeInfo(property.ReflectedType!)!.Properties
            .Single(json => json.AttributeProvider is PropertyInfo candidate && candidate.Name == property.Name).Name;

    private static void AddRules(JsonObject schema, PropertyInfo property)
    {
        if (property.GetCustomAttribute<RangeAttribute>() is { } range)
            AddRange(schema, range);
        if (property.GetCustomAttribute<StringLengthAttribute>() is { } length)
            AddLength(schema, length.MinimumLength, length.MaximumLength);
        if (property.GetCustomAttribute<RegularExpressionAttribute>() is { } pattern)
            schema["pattern"] = pattern.Pattern;
        if (property.GetCustomAttribute<ItemsAttribute>() is { } bounds)
            AddItems(schema, bounds);
        if (property.GetCustomAttribute<ListMapAttribute>() is { } map)
        {
            schema["x-kubernetes-list-type"] = "map";
            schema["x-kubernetes-list-map-keys"] = new JsonArray([.. map.Keys.Select(key => JsonValue.Create(key))]);
        }
        else if ((string?)schema["type"] == "array")
        {
            schema["x-kubernetes-list-type"] = "atomic";
        }
    }

    /// <summary>A bound that the type has anyway is left out; so is the greatest int64, which a RangeAttribute rounds to a double beyond it.</summary>
    private static void AddRange(JsonObject schema, RangeAttribute range)
    {
        schema["minimum"] = Convert.ToInt64(range.Minimum, CultureInfo.InvariantCulture);
        if (Convert.ToDecimal(range.Maximum, CultureInfo.InvariantCulture) is var maximum && maximum != int.MaxValue && maximum < long.MaxValue)
            schema["maximum"] = (long)maximum;
    }

    private static void AddLength(JsonObject schema, int minimum, int maximum)
    {
        if (minimum > 0)
            schema["minLength"] = minimum;
        if (maximum > 0)
            schema["maxLength"] = maximum;
    }

    private static void AddItems(JsonObject schema, ItemsAttribute bounds)
    {
        if (bounds.Minimum > 0)
            schema["minItems"] = bounds.Minimum;
        schema["maxItems"] = bounds.Maximum;
        var items = (JsonObject)schema["items"]!;
        if (bounds.MaximumItemLength > 0)
            AddLength(items, bounds.ItemPattern is null ? 0 : 1, bounds.MaximumItemLength);
        if (bounds.ItemPattern is { } pattern)
            items["pattern"] = pattern;
    }

    private static void AddValidations(JsonObject schema, Type type, PropertyInfo? property)
    {
        var rules = type.GetCustomAttributes<CelAttribute>().Concat(property?.GetCustomAttributes<CelAttribute>() ?? []);
        var validations = new JsonArray([.. rules.Select(rule => new JsonObject { ["rule"] = rule.Rule, ["message"] = rule.Message })]);
        if (validations.Count > 0)
            schema["x-kubernetes-validations"] = validations;
    }

    /// <summary>
    /// Only specs have defaults: a status is written whole by the operator. A section is defaulted as a whole, because the server fills in
    /// the defaults of members only where their section is there.
    /// </summary>
    private static void AddDefault(JsonObject schema, PropertyInfo property, Type type)
    {
        if (property.IsDefined(typeof(RequiredAttribute)))
            return;

        var value = property.GetValue(Activator.CreateInstance(property.DeclaringType!));
        JsonNode? initial = (value, (string?)schema["type"]) switch
        {
            (null or "", _) or (_, "array") => null,
            (_, "object") when Required(type).Count > 0 => throw new InvalidOperationException(
                $"{property.DeclaringType}.{property.Name} has a default, but {type} has required members: make it nullable or [Required]."),
            (_, "object") => new JsonObject(),
            (Enum or string, _) => JsonValue.Create(value.ToString()),
            _ => JsonValue.Create(Convert.ToInt64(value, CultureInfo.InvariantCulture)),
        };
        if (initial is not null)
            schema["default"] = initial;
    }
}

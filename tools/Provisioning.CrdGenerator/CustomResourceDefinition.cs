using System.Text.Json.Nodes;
using Provisioning.Api;
using Provisioning.Api.Schema;

namespace Provisioning.CrdGenerator;

/// <summary>Builds the CustomResourceDefinition of a kind.</summary>
internal static class CustomResourceDefinition
{
    internal static JsonObject Of(ResourceKind kind) => new()
    {
        ["apiVersion"] = "apiextensions.k8s.io/v1",
        ["kind"] = "CustomResourceDefinition",
        ["metadata"] = new JsonObject { ["name"] = $"{kind.Names.Plural}.{ApiGroup.Name}" },
        ["spec"] = new JsonObject
        {
            ["group"] = ApiGroup.Name,
            ["names"] = Names(kind.Names),
            ["scope"] = "Namespaced",
            ["versions"] = new JsonArray(Version(kind)),
        },
    };

    private static JsonObject Names(KubernetesEntityAttribute names) => new()
    {
        ["kind"] = names.Kind,
        ["listKind"] = names.Kind + "List",
        ["plural"] = names.Plural,
        ["singular"] = names.Kind.ToLowerInvariant(),
        ["shortNames"] = new JsonArray([.. names.ShortNames.Select(name => JsonValue.Create(name))]),
        ["categories"] = new JsonArray(ApiGroup.Category),
    };

    private static JsonObject Version(ResourceKind kind) => new()
    {
        ["name"] = ApiGroup.Version,
        ["served"] = true,
        ["storage"] = true,
        ["subresources"] = new JsonObject { ["status"] = new JsonObject() },
        ["additionalPrinterColumns"] = new JsonArray([.. kind.Columns.Select(Column)]),
        ["schema"] = new JsonObject { ["openAPIV3Schema"] = GeneratedFiles.Schema(kind) },
    };

    private static JsonObject Column(PrinterColumnAttribute column)
    {
        var json = new JsonObject { ["name"] = column.Name, ["type"] = column.Type, ["jsonPath"] = column.JsonPath };
        if (column.Description is { } description)
            json["description"] = description;
        if (column.Priority != 0)
            json["priority"] = column.Priority;
        return json;
    }
}

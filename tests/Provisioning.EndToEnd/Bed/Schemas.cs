using System.Text.Json.Nodes;

namespace Provisioning.EndToEnd.Bed;

/// <summary>The schemas of the product's kinds on an API server, for a server that looks at no value: an old one, or one whose definitions somebody edited.</summary>
/// <param name="kubectl">kubectl with all rights.</param>
public sealed class Schemas(Kubectl kubectl) : IAsyncDisposable
{
    private static readonly string[] Checks = ["pattern", "x-kubernetes-validations", "minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum", "enum", "format"];

    private JsonArray? _strict;

    /// <summary>Takes away every check but those of types, until this is disposed of.</summary>
    public async Task RelaxAsync()
    {
        var list = JsonNode.Parse(await kubectl.RunAsync("get", "-f", SourceTree.File("crds"), "-o", "json"))!;
        _strict = [.. list["items"]!.AsArray().Select(definition => WithoutVersion(definition!))];
        await ReplaceAsync([.. _strict.Select(definition => Relaxed(definition!.DeepClone()))]);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_strict is not null)
            await ReplaceAsync(_strict);
    }

    private async Task ReplaceAsync(JsonArray definitions) =>
        (await kubectl.TryAsync(new JsonObject { ["apiVersion"] = "v1", ["kind"] = "List", ["items"] = definitions.DeepClone() }.ToJsonString(), "replace", "--validate=false", "-f", "-")).Succeeded();

    private static JsonNode WithoutVersion(JsonNode definition)
    {
        var copy = definition.DeepClone();
        copy["metadata"]!.AsObject().Remove("resourceVersion");
        return copy;
    }

    private static JsonNode Relaxed(JsonNode definition)
    {
        foreach (var version in definition["spec"]!["versions"]!.AsArray())
            Relax(version!["schema"]!["openAPIV3Schema"]!.AsObject());
        return definition;
    }

    private static void Relax(JsonObject schema)
    {
        foreach (var check in Checks)
            schema.Remove(check);
        if (schema["properties"] is JsonObject properties)
        {
            foreach (var property in properties.Select(pair => pair.Value).OfType<JsonObject>().ToList())
                Relax(property);
        }

        foreach (var inner in (string[])["items", "additionalProperties"])
        {
            if (schema[inner] is JsonObject item)
                Relax(item);
        }
    }
}

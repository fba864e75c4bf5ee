using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Provisioning.Api.Meta;
using Provisioning.Kubernetes.Rest;

namespace Provisioning.Kubernetes.Caching;

/// <summary>An object of a list or watch: decoded, or why not.</summary>
/// <param name="Entity">The object; null if it could not be decoded.</param>
/// <param name="Key">Identity; its name is empty if not even that could be read.</param>
/// <param name="ResourceVersion">Version of the object.</param>
/// <param name="Fault">Why it could not be decoded.</param>
internal readonly record struct DecodedEntity<T>(T? Entity, NamespacedName Key, string? ResourceVersion, string? Fault)
    where T : class, IKubernetesEntity
{
    /// <summary>Decodes the object that the reader stands on, and leaves the reader at its end in any case: one bad object does not hide the others.</summary>
    public static DecodedEntity<T> Decode(ref Utf8JsonReader reader, JsonTypeInfo<T> typeInfo)
    {
        var start = reader;
        try
        {
            var entity = JsonSerializer.Deserialize(ref reader, typeInfo);
            if (entity?.Metadata is { Name.Length: > 0 } meta)
                return new(entity, new NamespacedName(meta.Namespace ?? "", meta.Name), meta.ResourceVersion, Fault: null);
            reader = start;
            return Undecodable(ref reader, "it has no metadata.name");
        }
        catch (Exception failure) when (failure is JsonException or NotSupportedException or InvalidOperationException)
        {
            reader = start;
            return Undecodable(ref reader, JsonFaults.Text(failure));
        }
    }

    /// <summary>Reads only who the object is, as for a bookmark, which has nothing but a version.</summary>
    public static DecodedEntity<T> Undecodable(ref Utf8JsonReader reader, string fault)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        try
        {
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("metadata", out var meta)
                ? new(null, new NamespacedName(Text(meta, "namespace") ?? "", Text(meta, "name") ?? ""), Text(meta, "resourceVersion"), fault)
                : new(null, default, null, fault);
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair is JSON, and no text.
            return new(null, default, null, fault);
        }
    }

    private static string? Text(JsonElement meta, string name) =>
        meta.ValueKind == JsonValueKind.Object && meta.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

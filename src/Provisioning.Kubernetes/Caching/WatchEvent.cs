using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Provisioning.Api.Meta;
using Provisioning.Kubernetes.Rest;

namespace Provisioning.Kubernetes.Caching;

internal enum WatchEventKind
{
    Added,
    Modified,
    Deleted,
    Bookmark,
    Error,
}

/// <summary>One line of a watch.</summary>
/// <param name="Kind">What it says.</param>
/// <param name="Object">The object; of a bookmark only its version counts.</param>
/// <param name="Error">The status of an error.</param>
internal readonly record struct WatchEvent<T>(WatchEventKind Kind, DecodedEntity<T> Object, ApiStatus? Error)
    where T : class, IKubernetesEntity
{
    /// <summary>Parses a line.</summary>
    /// <exception cref="JsonException">The line is no watch event.</exception>
    public static WatchEvent<T> Parse(in ReadOnlySequence<byte> line, JsonTypeInfo<T> typeInfo)
    {
        var reader = new Utf8JsonReader(line);
        Utf8JsonReader body = default;
        WatchEventKind? kind = null;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.ValueTextEquals("type"u8);
            var isObject = reader.ValueTextEquals("object"u8);
            reader.Read();
            if (isType)
                kind = ParseKind(ref reader);
            if (isObject)
                body = reader;
            reader.Skip();
        }

        if (kind is not { } known || body.TokenType != JsonTokenType.StartObject)
            throw new JsonException("The line has no type or no object.");
        return known switch
        {
            WatchEventKind.Error => new(known, default, JsonSerializer.Deserialize(ref body, RestJsonContext.Default.ApiStatus)),
            WatchEventKind.Bookmark => new(known, DecodedEntity<T>.Undecodable(ref body, ""), null),
            _ => new(known, DecodedEntity<T>.Decode(ref body, typeInfo), null),
        };
    }

    private static WatchEventKind ParseKind(ref Utf8JsonReader reader) => reader.GetString() switch
    {
        "ADDED" => WatchEventKind.Added,
        "MODIFIED" => WatchEventKind.Modified,
        "DELETED" => WatchEventKind.Deleted,
        "BOOKMARK" => WatchEventKind.Bookmark,
        "ERROR" => WatchEventKind.Error,
        var other => throw new JsonException($"No such type of event: {other}."),
    };
}

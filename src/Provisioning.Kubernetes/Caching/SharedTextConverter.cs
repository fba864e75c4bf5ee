using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using CommunityToolkit.HighPerformance.Buffers;

namespace Provisioning.Kubernetes.Caching;

/// <summary>
/// Reads equal texts as one object. The objects of a cache say the same over and over: reasons, messages, names of images and of Provisioners. Held once for
/// each object they are a third of the memory of a large cache.
/// </summary>
public sealed class SharedTextConverter : JsonConverter<string>
{
    // What is longer is hardly said twice, and is not worth a search.
    private const int LongestShared = 256;

    // Bounded, so that what is said once (uids, versions) pushes itself out and not what is said often: the pool drops what was asked for the longest time ago.
    private static readonly StringPool Pool = new(minimumSize: 2048);

    /// <summary>The same metadata, with texts shared.</summary>
    /// <param name="typeInfo">Source-generated metadata.</param>
    public static JsonTypeInfo<T> Share<T>(JsonTypeInfo<T> typeInfo)
    {
        var options = new JsonSerializerOptions(typeInfo.Options);
        options.Converters.Add(new SharedTextConverter());
        return (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));
    }

    /// <inheritdoc/>
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Read(ref reader);

    /// <inheritdoc/>
    public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Read(ref reader)!;

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);

    /// <inheritdoc/>
    public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WritePropertyName(value);

    // Everything but plain text is the reader's own business: escapes, values in pieces, bytes that are no text.
    private static string? Read(ref Utf8JsonReader reader) =>
        reader is { TokenType: JsonTokenType.String or JsonTokenType.PropertyName, HasValueSequence: false, ValueIsEscaped: false, ValueSpan.Length: <= LongestShared } && Ascii.IsValid(reader.ValueSpan)
            ? Pool.GetOrAdd(reader.ValueSpan, Encoding.ASCII)
            : reader.GetString();
}

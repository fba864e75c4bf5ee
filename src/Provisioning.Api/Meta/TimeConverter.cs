using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Provisioning.Api.Meta;

/// <summary>metav1.Time as Kubernetes itself writes it: whole seconds in UTC, with Z. Any time of RFC 3339 is read.</summary>
public sealed class TimeConverter : JsonConverter<DateTimeOffset>
{
    /// <inheritdoc/>
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
}

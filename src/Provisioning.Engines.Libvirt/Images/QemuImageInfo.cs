using System.Text.Json;

namespace Provisioning.Engines.Libvirt.Images;

/// <summary>The answer of "qemu-img info --output=json".</summary>
/// <param name="Format">Format.</param>
/// <param name="VirtualSize">Size of the disk in bytes.</param>
/// <param name="BackingFile">Absolute path of the file that it rests on, if any.</param>
/// <param name="HasDataFile">Whether its data lies in another file.</param>
internal sealed record QemuImageInfo(string Format, long VirtualSize, string? BackingFile, bool HasDataFile)
{
    /// <summary>Null if it is not such an answer.</summary>
    public static QemuImageInfo? Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object
                || Text(root, "format") is not { } format
                || !root.TryGetProperty("virtual-size", out var size) || size.ValueKind != JsonValueKind.Number || !size.TryGetInt64(out var bytes) || bytes < 0)
            {
                return null;
            }

            var dataFile = root.TryGetProperty("format-specific", out var specific) && specific.ValueKind == JsonValueKind.Object
                && specific.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object && data.TryGetProperty("data-file", out _);
            return new(format, bytes, Text(root, "full-backing-filename") ?? Text(root, "backing-filename"), dataFile);
        }
        // Half a surrogate pair is JSON, and no text.
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The number of a property of the answer of "qemu-img measure --output=json".</summary>
    public static long? ParseRequired(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("required", out var required)
                && required.ValueKind == JsonValueKind.Number && required.TryGetInt64(out var bytes) && bytes >= 0 ? bytes : null;
        }
        // Half a surrogate pair is JSON, and no text.
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var property) && property.ValueKind == JsonValueKind.String ? property.GetString() : null;
}

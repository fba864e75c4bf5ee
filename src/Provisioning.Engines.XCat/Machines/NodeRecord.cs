using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Provisioning.Api.Text;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.XCat.Machines;

/// <summary>What the management node remembers of a machine: the image that was put on it, the load that did it, and the SSH host keys that its system shows. One line.</summary>
internal sealed partial class NodeRecord
{
    /// <summary>Most characters of a record. Eight host keys of the largest kind need less than half of it.</summary>
    public const int MaximumLength = 16 * 1024;

    private const int MostHostKeys = 8;
    private const int LongestHostKey = 1024;

    /// <summary>Whether the load came to its end. Before that nobody knows what is on the disk.</summary>
    public bool Loaded { get; set; }

    public string Operation { get; set; } = "";

    public string ImageName { get; set; } = "";

    public string RevisionId { get; set; } = "";

    public string Digest { get; set; } = "";

    public string FileName { get; set; } = "";

    public IList<string> HostKeys { get; set; } = [];

    public static NodeRecord For(ImageTarget image, string operationId, bool loaded) => new()
    {
        Loaded = loaded,
        Operation = operationId,
        ImageName = image.Name,
        RevisionId = image.RevisionId,
        Digest = image.Digest,
        FileName = image.FileName,
    };

    /// <summary>The same record with these host keys.</summary>
    public NodeRecord With(IEnumerable<string> hostKeys) => new()
    {
        Loaded = Loaded,
        Operation = Operation,
        ImageName = ImageName,
        RevisionId = RevisionId,
        Digest = Digest,
        FileName = FileName,
        HostKeys = [.. hostKeys.Take(MostHostKeys)],
    };

    public string ToJson() => JsonSerializer.Serialize(this, NodeRecordJson.Default.NodeRecord);

    /// <summary>Null if it is not one of ours.</summary>
    public static NodeRecord? Parse(string json)
    {
        if (json.Length > MaximumLength)
            return null;
        try
        {
            var record = JsonSerializer.Deserialize(json, NodeRecordJson.Default.NodeRecord);
            return record is { Digest: not null, HostKeys: { Count: <= MostHostKeys } keys }
                && PrintableText.IsLine(record.Operation, 64) && PrintableText.IsLine(record.ImageName, 253) && PrintableText.IsLine(record.RevisionId, 320) && PrintableText.IsLine(record.FileName, 255)
                && keys.All(key => PrintableText.IsPlain(key, LongestHostKey))
                && Digests().IsMatch(record.Digest) ? record : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"\Asha256:[0-9a-f]{64}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Digests();
}

[JsonSerializable(typeof(NodeRecord))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class NodeRecordJson : JsonSerializerContext;

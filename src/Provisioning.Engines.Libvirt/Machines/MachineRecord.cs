using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Provisioning.Api.Text;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Libvirt.Machines;

/// <summary>What the host remembers of a machine's disk: the image that it was made from, the load that made it, and the keys that its system shows.</summary>
internal sealed partial class MachineRecord
{
    public const string FileName = "machine.json";

    /// <summary>Most bytes of a record. Eight host keys of the largest kind need less than half of it.</summary>
    public const int MaximumLength = 16 * 1024;

    private const int MostHostKeys = 8;
    private const int LongestHostKey = 1024;

    public string Disk { get; set; } = "";

    public string ImageName { get; set; } = "";

    public string RevisionId { get; set; } = "";

    public string Digest { get; set; } = "";

    public string FileNameInLibrary { get; set; } = "";

    public string Operation { get; set; } = "";

    /// <summary>
    /// Public SSH host keys that the machine may show, "ssh-ed25519 AAAA...", so that a Node that is deleted and created again still knows its machine. Empty in
    /// records of earlier versions, and until the system has keys of its own.
    /// </summary>
    public IList<string> HostKeys { get; set; } = [];

    public static MachineRecord For(ImageTarget image, string operationId) => new()
    {
        Disk = Machine.DiskName(operationId),
        ImageName = image.Name,
        RevisionId = image.RevisionId,
        Digest = image.Digest,
        FileNameInLibrary = image.FileName,
        Operation = operationId,
    };

    /// <summary>The same record with these host keys.</summary>
    public MachineRecord With(IEnumerable<string> hostKeys) => new()
    {
        Disk = Disk,
        ImageName = ImageName,
        RevisionId = RevisionId,
        Digest = Digest,
        FileNameInLibrary = FileNameInLibrary,
        Operation = Operation,
        HostKeys = [.. hostKeys.Take(MostHostKeys)],
    };

    public string ToJson() => JsonSerializer.Serialize(this, MachineRecordJson.Default.MachineRecord);

    /// <summary>Null if it is not one of ours: nothing in it may lead to another file than a disk in the machine's own directory.</summary>
    public static MachineRecord? Parse(string json)
    {
        if (json.Length > MaximumLength)
            return null;
        try
        {
            var record = JsonSerializer.Deserialize(json, MachineRecordJson.Default.MachineRecord);
            return record is { Disk: not null, Operation: not null, Digest: not null, HostKeys: { Count: <= MostHostKeys } keys }
                && PrintableText.IsLine(record.ImageName, 253) && PrintableText.IsLine(record.RevisionId, 320) && PrintableText.IsLine(record.FileNameInLibrary, 255)
                && keys.All(key => PrintableText.IsPlain(key, LongestHostKey))
                && PlainName().IsMatch(record.Operation)
                && record.Disk == Machine.DiskName(record.Operation)
                && Digests().IsMatch(record.Digest) ? record : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"\A[a-z0-9][-a-z0-9]{0,63}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex PlainName();

    [GeneratedRegex(@"\Asha256:[0-9a-f]{64}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Digests();
}

[JsonSerializable(typeof(MachineRecord))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class MachineRecordJson : JsonSerializerContext;

using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Provisioning.Api.Machines;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Libvirt;
using Provisioning.Engines.Libvirt.Domains;
using Provisioning.Engines.Libvirt.Hosts;
using Provisioning.Engines.Libvirt.Images;
using Provisioning.Engines.Libvirt.Machines;
using Provisioning.Hostile.Tests.Fuzzing;

namespace Provisioning.Hostile.Tests.Targets;

/// <summary>Answers of a VM host: virsh, qemu-img, and the record beside a disk.</summary>
internal static class LibvirtTargets
{
    private const string Mark = "section-x";

    private static readonly Machine Machine = new(new LibvirtSpec { Installation = "test" }, new() { Namespace = "lab", Name = "n", Uid = "u", Spec = new() });

    private static readonly string[] LookWords =
    [
        $"\n{Mark} ", "list 0\n", "state 0\n", "xml 0\n", "record 0\n", "record 44\n", "end 0\n", "disk:disk-op1.qcow2 0\n", "lock:disk-op1.qcow2 0\n", "running", "shut off", "paused", "crashed", Machine.Uuid, Machine.DomainName,
        $"<domain><uuid>{Machine.Uuid}</uuid></domain>", "<metadata>", "provisioning:machine", " lock", "\n",
    ];

    private static readonly string[] JsonWords = ["\"format\"", "\"virtual-size\"", "\"backing-filename\"", "\"full-backing-filename\"", "\"format-specific\"", "\"data\"", "\"data-file\"", "\"required\"", ": 1073741824", "\"qcow2\"", "{", "}", ","];

    private static readonly string[] RecordWords = ["\"disk\"", "\"imageName\"", "\"revisionId\"", "\"digest\"", "\"fileNameInLibrary\"", "\"operation\"", "\"hostKeys\"", ": null", "[]", "{", "}", ",", "\"disk-op1.qcow2\"", "\"op1\""];

    public static IReadOnlyList<Target> All { get; } =
    [
        new("libvirt-look", LookWords, ReadLook),
        new("qemu-info", JsonWords, ReadInfo),
        new("libvirt-record", RecordWords, bytes => CheckRecord(MachineRecord.Parse(Encoding.UTF8.GetString(bytes)))),
        new("domain-xml", ["<domain>", "<uuid>", "<metadata>", "<devices>", "<disk device=\"disk\">", "<source file=\"/etc/passwd\"/>", "xmlns:p=\"https://provisioning.dev/libvirt/1\"", "<p:machine node=\"n\"/>", "</domain>"], ReadDomain),
        new("libvirt-probe", ["missing ", "unwritable ", "unusable", "version ", "Using library: libvirt 9.0.0;", "Running hypervisor: ", ";", "\n", "!stderr\n"], ReadProbe),
    ];

    private static void ReadProbe(byte[] bytes)
    {
        var result = Promises.Answer(bytes);
        var (reachable, version) = HostProbe.Judge(result, Promises.Endpoint, "qemu:///system");
        Promises.ProbeIsHonest(result, reachable, version);
    }

    private static void ReadLook(byte[] bytes)
    {
        // The mark is random, so that no content can know it; here the samples have it.
        var result = Promises.Answer(bytes);
        var reading = HostReading.Parse(result, Mark, Machine);
        if (reading.Problem is { } problem)
        {
            Promises.StatusIsClean(Promises.Unknown(problem));
            BrokenPromiseException.Unless(!reading.Running && reading.Domain is null, "a reading with a problem says more than its problem");
            return;
        }

        BrokenPromiseException.Unless(result.IsSuccess && result.Output.Contains($"{Mark} end ", StringComparison.Ordinal), "an answer that broke off was believed");
        if (reading.Running)
            BrokenPromiseException.Unless(reading.Domain?.Uuid == Machine.Uuid && DomainState.PowerOf(reading.State!) == PowerValue.On, "a machine is on that nobody said is");
        if (reading.ForeignDomain(Machine) is { } foreign)
            Promises.StatusIsClean(Promises.Unknown(foreign));
        CheckRecord(reading.Record);
        if (MachineObserver.ImageOf(reading, Machine) is { } record)
            Promises.StatusIsClean(Promises.Seen(CurrentImageReading.Image(record.ImageName, record.RevisionId, record.Operation), Fact.Yes, Fact.No) with { EngineState = reading.State, EngineImage = record.Digest });
    }

    private static void ReadInfo(byte[] bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        if (QemuImageInfo.Parse(text) is { } info)
        {
            BrokenPromiseException.Unless(info.VirtualSize >= 0 && text.Contains("virtual-size", StringComparison.Ordinal), "a size that nobody told");
            if (info.BackingFile is null)
                BrokenPromiseException.Unless(!NamesBackingFile(text), "a file that rests on another is taken for one that does not");
        }

        BrokenPromiseException.Unless(QemuImageInfo.ParseRequired(text) is null or >= 0, "less than nothing is required");
    }

    private static bool NamesBackingFile(string json)
    {
        try
        {
            return JsonNode.Parse(json)?["backing-filename"] is JsonValue value && value.TryGetValue(out string? _);
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException or ArgumentException)
        {
            return false;
        }
    }

    private static void CheckRecord(MachineRecord? record)
    {
        if (record is null)
            return;
        BrokenPromiseException.Unless(record.Disk == Machine.DiskName(record.Operation) && !record.Disk.Contains('/'), "the record leads to another file");
        Promises.IsClean(record.ImageName, 253);
        Promises.IsClean(record.RevisionId, 320);
        Promises.IsClean(record.FileNameInLibrary, 255);
        foreach (var key in record.HostKeys)
            Promises.KeyIsPlain(key);
    }

    private static void ReadDomain(byte[] bytes)
    {
        if (DomainDescription.Parse(Encoding.UTF8.GetString(bytes)) is { } domain)
            BrokenPromiseException.Unless(domain.Uuid.Length > 0 && domain.DiskPaths.All(path => !path.Contains("root:", StringComparison.Ordinal)), "the definition reached out");
    }
}

using System.Globalization;
using Provisioning.Api.Text;
using Provisioning.Engines.Libvirt.Domains;
using Provisioning.Engines.Libvirt.Images;
using Provisioning.Engines.Libvirt.Machines;
using Provisioning.Ssh;

namespace Provisioning.Engines.Libvirt.Hosts;

/// <summary>What one look at the VM host found about one machine. Anything that does not read as expected makes the whole reading invalid: no part is guessed.</summary>
internal sealed record HostReading
{
    /// <summary>What was unexpected; null for a valid reading.</summary>
    public string? Problem { get; private init; }

    /// <summary>The words of domstate; null if there is no domain of our UUID.</summary>
    public string? State { get; private init; }

    /// <summary>The definition; null if there is no domain of our UUID.</summary>
    public DomainDescription? Domain { get; private init; }

    /// <summary>UUID of a domain that has our name and another UUID.</summary>
    public string? NameTakenBy { get; private init; }

    /// <summary>The record of the current disk; null if there is none.</summary>
    public MachineRecord? Record { get; private init; }

    /// <summary>Our disks by file name.</summary>
    public IReadOnlyDictionary<string, DiskReading> Disks { get; private init; } = new Dictionary<string, DiskReading>();

    public bool Running => State is not null && State != DomainState.ShutOff;

    /// <summary>The recorded disk, if it is really there.</summary>
    public DiskReading? CurrentDisk => Record is not null && Disks.TryGetValue(Record.Disk, out var disk) ? disk : null;

    /// <summary>A sentence for people if a domain in our place is not ours; then nothing may be touched.</summary>
    public string? ForeignDomain(Machine machine)
    {
        if (NameTakenBy is not null)
            return $"The VM host has a domain named {machine.DomainName} with the UUID {NameTakenBy}, which this product did not make. Rename it " +
                "('virsh domrename') or give the Provisioner another installation name.";
        if (Domain is { Mark: null })
            return $"The domain {machine.Uuid} on the VM host has the UUID of this Node, but lacks the mark of this product. Undefine it if it may " +
                "go; its disks are not touched.";
        if (Domain is { Mark: { } mark } && !mark.IsOf(machine))
            return $"The domain {machine.Uuid} on the VM host carries the mark of the Node {mark.Namespace}/{mark.Node} of the installation " +
                $"{mark.Installation}. Undefine it if it may go.";
        return null;
    }

    public static HostReading Parse(SshResult result, string mark, Machine machine)
    {
        if (!result.IsSuccess || result.OutputTruncated)
            return Unexpected($"exit code {result.ExitCode}{(result.OutputTruncated ? ", too long an answer" : "")}: {Excerpt(result.Error)}");
        var sections = Sections(result.Output, mark);
        if (!sections.ContainsKey("end"))
            return Unexpected("the answer broke off");
        if (!sections.TryGetValue("list", out var list) || list.Code != 0)
            return Unexpected($"virsh list failed: {Excerpt(result.Error)}");

        var domains = ParseList(list.Content);
        if (domains is null)
            return Unexpected($"virsh list answered '{Excerpt(list.Content)}'");
        var reading = new HostReading { NameTakenBy = domains.FirstOrDefault(domain => domain.Name == machine.DomainName && domain.Uuid != machine.Uuid).Uuid };
        if (domains.Any(domain => domain.Uuid == machine.Uuid))
            reading = reading.WithDomain(sections, machine);
        return reading.Problem is null ? reading.WithFiles(sections, machine) : reading;
    }

    private HostReading WithDomain(Dictionary<string, Section> sections, Machine machine)
    {
        if (!sections.TryGetValue("state", out var state) || state.Code != 0 || DomainState.PowerOf(state.Content) == Api.Machines.PowerValue.Unknown)
            return Unexpected($"virsh domstate answered '{Excerpt(state.Content ?? "nothing")}'");
        if (!sections.TryGetValue("xml", out var xml) || xml.Code != 0 || DomainDescription.Parse(xml.Content) is not { } domain || domain.Uuid != machine.Uuid)
            return Unexpected("virsh dumpxml answered no definition of this domain");
        return this with { State = state.Content, Domain = domain };
    }

    private HostReading WithFiles(Dictionary<string, Section> sections, Machine machine)
    {
        if (!sections.TryGetValue("record", out var record) || record.Code is not (0 or HostScripts.Absent))
            return Unexpected("the machine's record cannot be read");
        var parsed = record.Code == 0 ? MachineRecord.Parse(record.Content) : null;
        if (record.Code == 0 && parsed is null)
            return Unexpected($"{machine.RecordPath} is not a record of this product");

        Dictionary<string, DiskReading> disks = [];
        foreach (var (name, section) in sections.Where(section => section.Key.StartsWith("disk:", StringComparison.Ordinal)))
        {
            var fileName = name["disk:".Length..];
            var info = section.Code == 0 ? QemuImageInfo.Parse(section.Content) : null;
            if (info is null && fileName == parsed?.Disk)
                return Unexpected($"qemu-img cannot read the disk {fileName}");
            if (info is not null)
                disks[fileName] = new(info, Locked: sections.TryGetValue("lock:" + fileName, out var unlocked) && unlocked.Content.Contains(" lock", StringComparison.Ordinal));
        }

        var reading = this with { Record = parsed, Disks = disks };
        // A process writes to the disk, so "off" and "no such domain" cannot be true.
        return !reading.Running && reading.CurrentDisk is { Locked: true }
            ? Unexpected($"virsh says that the machine is {State ?? "not defined"}, but a process has its disk open")
            : reading;
    }

    private static List<(string Uuid, string Name)>? ParseList(string content)
    {
        List<(string, string)> domains = [];
        foreach (var line in content.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var words = line.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (words.Length != 2 || !Guid.TryParseExact(words[0], "D", out _))
                return null;
            domains.Add((words[0], words[1]));
        }

        return domains;
    }

    private static Dictionary<string, Section> Sections(string output, string mark)
    {
        Dictionary<string, Section> sections = [];
        foreach (var part in ("\n" + output).Split("\n" + mark + " ").Skip(1))
        {
            var lineEnd = part.IndexOf('\n', StringComparison.Ordinal);
            var head = (lineEnd < 0 ? part : part[..lineEnd]).Split(' ');
            if (head.Length == 2 && int.TryParse(head[1], NumberStyles.None, CultureInfo.InvariantCulture, out var code))
                sections[head[0]] = new(code, lineEnd < 0 ? "" : part[(lineEnd + 1)..].TrimEnd('\n'));
        }

        return sections;
    }

    private static HostReading Unexpected(string problem) => new() { Problem = $"The VM host answered something unexpected: {problem}." };

    private static string Excerpt(string text) => PrintableText.Line(text.Length <= 200 ? text : text[..200]).Trim();

    private readonly record struct Section(int Code, string Content);
}

/// <summary>A disk file of a machine.</summary>
/// <param name="Info">What qemu-img says.</param>
/// <param name="Locked">Whether a process writes to it.</param>
internal sealed record DiskReading(QemuImageInfo Info, bool Locked);

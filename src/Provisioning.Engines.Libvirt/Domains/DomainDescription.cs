using System.Xml;
using System.Xml.Linq;
using Provisioning.Engines.Libvirt.Machines;

namespace Provisioning.Engines.Libvirt.Domains;

/// <summary>What is needed of a domain's definition as libvirt tells it.</summary>
/// <param name="Uuid">UUID.</param>
/// <param name="Mark">Our element, if it carries one.</param>
/// <param name="DiskPaths">Files of its disks.</param>
internal sealed record DomainDescription(string Uuid, DomainMark? Mark, IReadOnlyList<string> DiskPaths)
{
    private const int MaximumCharacters = 1024 * 1024;

    /// <summary>Null if the text is no definition.</summary>
    public static DomainDescription? Parse(string xml)
    {
        try
        {
            // Definitions of others can be anything: no DTD, so no entities that grow or reach out.
            var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = MaximumCharacters };
            using var reader = XmlReader.Create(new StringReader(xml), settings);
            var root = XDocument.Load(reader).Root;
            if (root?.Name != "domain" || root.Element("uuid")?.Value is not { Length: > 0 } uuid)
                return null;
            var disks = root.Element("devices")?.Elements("disk")
                .Where(disk => disk.Attribute("device")?.Value is null or "disk")
                .Select(disk => disk.Element("source")?.Attribute("file")?.Value ?? "") ?? [];
            return new(uuid, DomainMark.From(root.Element("metadata")?.Element(DomainXml.Ours + "machine")), [.. disks]);
        }
        catch (XmlException)
        {
            return null;
        }
    }
}

/// <summary>Our element in a domain's metadata.</summary>
internal sealed record DomainMark(string? Installation, string? Namespace, string? Node, string? Definition)
{
    public static DomainMark? From(XElement? element) => element is null
        ? null
        : new(element.Attribute("installation")?.Value, element.Attribute("namespace")?.Value, element.Attribute("node")?.Value, element.Attribute("definition")?.Value);

    public bool IsOf(Machine machine) => Installation == machine.Spec.Installation && Namespace == machine.Node.Namespace && Node == machine.Node.Name;
}

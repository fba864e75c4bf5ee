using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Api.Text;
using Provisioning.Engines.Libvirt.Machines;

namespace Provisioning.Engines.Libvirt.Domains;

/// <summary>Builds the definition of a machine's domain from its Node.</summary>
internal static class DomainXml
{
    public static readonly XNamespace Ours = "https://provisioning.dev/libvirt/1";

    private static readonly XNamespace Qemu = "http://libvirt.org/schemas/domain/qemu/1.0";

    // The first slots of the root bus belong to devices that libvirt places itself.
    private const int FirstUserNetworkSlot = 0x10;

    /// <summary>The definition as text. It carries a digest of itself, so that a change of the Node's hardware shows.</summary>
    public static string Build(Machine machine, MachineRecord record)
    {
        var mark = new XElement(Ours + "machine",
            new XAttribute(XNamespace.Xmlns + "provisioning", Ours),
            new XAttribute("installation", machine.Spec.Installation),
            new XAttribute("namespace", machine.Node.Namespace),
            new XAttribute("node", machine.Node.Name),
            new XAttribute("uid", machine.Node.Uid),
            new XAttribute("operation", record.Operation),
            new XAttribute("image", record.RevisionId));
        var domain = Domain(machine, record, mark);
        mark.Add(new XAttribute("definition", DigestOf(domain)));
        return domain.ToString();
    }

    /// <summary>Why the definition cannot be written; null if it can. The schema refuses such values, and whoever has taken it away is told before anything is done to a machine.</summary>
    public static string? Problem(Machine machine, MachineRecord record)
    {
        try
        {
            _ = Build(machine, record);
            return null;
        }
        catch (Exception unwritable) when (unwritable is ArgumentException or XmlException)
        {
            return $"The machine cannot be defined, since a value holds what XML cannot: {PrintableText.Line(unwritable.Message)} Look at hardware.interfaces of the Node and at spec.libvirt of the Provisioner.";
        }
    }

    private static XElement Domain(Machine machine, MachineRecord record, XElement mark)
    {
        var hardware = machine.Node.Spec.Hardware;
        var emulated = machine.Spec.DomainType == LibvirtDomainType.Qemu;
        return new XElement("domain",
            new XAttribute("type", emulated ? "qemu" : "kvm"),
            new XAttribute(XNamespace.Xmlns + "qemu", Qemu),
            new XElement("name", machine.DomainName),
            new XElement("uuid", machine.Uuid),
            new XElement("metadata", mark),
            new XElement("memory", new XAttribute("unit", "MiB"), hardware.MemoryMiB),
            new XElement("vcpu", hardware.Cpus),
            OperatingSystem(hardware.Firmware),
            new XElement("features", new XElement("acpi"), new XElement("apic")),
            new XElement("cpu", new XAttribute("mode", emulated ? "maximum" : "host-passthrough")),
            new XElement("clock", new XAttribute("offset", "utc")),
            new XElement("on_poweroff", "destroy"),
            new XElement("on_reboot", "restart"),
            new XElement("on_crash", "destroy"),
            Devices(machine, record),
            UserNetworks(machine));
    }

    private static XElement OperatingSystem(Firmware firmware)
    {
        var type = new XElement("type", new XAttribute("arch", "x86_64"), new XAttribute("machine", "q35"), "hvm");
        var boot = new XElement("boot", new XAttribute("dev", "hd"));
        return firmware == Firmware.Bios
            ? new XElement("os", type, boot)
            : new XElement("os", new XAttribute("firmware", "efi"), type,
                new XElement("firmware", Feature("enrolled-keys"), Feature("secure-boot")), boot);
    }

    private static XElement Feature(string name) => new("feature", new XAttribute("enabled", "no"), new XAttribute("name", name));

    private static XElement Devices(Machine machine, MachineRecord record) => new("devices",
        new XElement("disk", new XAttribute("type", "file"), new XAttribute("device", "disk"),
            new XElement("driver", new XAttribute("name", "qemu"), new XAttribute("type", "qcow2"), new XAttribute("discard", "unmap")),
            new XElement("source", new XAttribute("file", machine.DiskPath(record.Disk))),
            new XElement("target", new XAttribute("dev", "vda"), new XAttribute("bus", "virtio"))),
        machine.Node.Spec.Hardware.Interfaces.Where(network => network.Type != NetworkInterfaceType.User).Select(network => Interface(machine, network)),
        new XElement("serial", new XAttribute("type", "file"),
            new XElement("source", new XAttribute("path", machine.ConsolePath)),
            new XElement("target", new XAttribute("port", 0))),
        new XElement("rng", new XAttribute("model", "virtio"), new XElement("backend", new XAttribute("model", "random"), "/dev/urandom")),
        new XElement("controller", new XAttribute("type", "usb"), new XAttribute("model", "none")),
        new XElement("memballoon", new XAttribute("model", "virtio")));

    private static XElement Interface(Machine machine, NetworkInterfaceSpec network)
    {
        var kind = network.Type == NetworkInterfaceType.Bridge ? "bridge" : "network";
        return new XElement("interface", new XAttribute("type", kind),
            new XElement("mac", new XAttribute("address", Mac(machine, network))),
            new XElement("source", new XAttribute(kind, network.Source ?? "")),
            new XElement("model", new XAttribute("type", "virtio")));
    }

    /// <summary>libvirt 9 has no port forwards of its own for user-mode networks on Debian 12, so they are passed to QEMU directly.</summary>
    private static XElement? UserNetworks(Machine machine)
    {
        List<XElement> arguments = [];
        var slot = FirstUserNetworkSlot;
        foreach (var network in machine.Node.Spec.Hardware.Interfaces.Where(network => network.Type == NetworkInterfaceType.User))
        {
            var id = $"user{slot - FirstUserNetworkSlot}";
            var forwards = string.Concat(network.Forwards.Select(forward => $",hostfwd=tcp:127.0.0.1:{forward.HostPort}-:{forward.GuestPort}"));
            arguments.AddRange(Argument("-netdev", $"user,id={id}{forwards}"));
            arguments.AddRange(Argument("-device",
                string.Create(CultureInfo.InvariantCulture, $"virtio-net-pci,netdev={id},mac={Mac(machine, network)},bus=pcie.0,addr=0x{slot:x}")));
            slot++;
        }

        return arguments.Count == 0 ? null : new XElement(Qemu + "commandline", arguments);
    }

    private static XElement[] Argument(params string[] values) =>
        [.. values.Select(value => new XElement(Qemu + "arg", new XAttribute("value", value)))];

    private static string Mac(Machine machine, NetworkInterfaceSpec network) => network.MacAddress ?? machine.MacAddress(network.Name);

    private static string DigestOf(XElement domain) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(domain.ToString(SaveOptions.DisableFormatting))))[..16];
}

using System.Xml.Linq;
using FsCheck.Xunit;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Libvirt.Domains;
using Provisioning.Engines.Libvirt.Machines;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Libvirt.Tests.Domains;

public sealed class DomainXmlTests
{
    private static readonly MachineRecord Record = new() { Disk = "disk-op-1.qcow2", Operation = "op-1", RevisionId = "tiny@1" };

    [Fact]
    public void The_definition_is_as_agreed()
    {
        var machine = Machine(new()
        {
            Cpus = 2,
            MemoryMiB = 512,
            Interfaces =
            [
                new() { Name = "lan", Type = NetworkInterfaceType.Bridge, Source = "br0", MacAddress = "52:54:00:00:00:01" },
                new() { Name = "nat", Type = NetworkInterfaceType.User, MacAddress = "52:54:00:00:00:02", Forwards = [new() { HostPort = 2222, GuestPort = 22 }] },
            ],
        });

        Assert.Equal(
            """
            <domain type="qemu" xmlns:qemu="http://libvirt.org/schemas/domain/qemu/1.0">
              <name>test-lab-node-1</name>
              <uuid>UUID</uuid>
              <metadata>
                <provisioning:machine xmlns:provisioning="https://provisioning.dev/libvirt/1" installation="test" namespace="lab" node="node-1" uid="uid-1" operation="op-1" image="tiny@1" definition="DEFINITION" />
              </metadata>
              <memory unit="MiB">512</memory>
              <vcpu>2</vcpu>
              <os>
                <type arch="x86_64" machine="q35">hvm</type>
                <boot dev="hd" />
              </os>
              <features>
                <acpi />
                <apic />
              </features>
              <cpu mode="maximum" />
              <clock offset="utc" />
              <on_poweroff>destroy</on_poweroff>
              <on_reboot>restart</on_reboot>
              <on_crash>destroy</on_crash>
              <devices>
                <disk type="file" device="disk">
                  <driver name="qemu" type="qcow2" discard="unmap" />
                  <source file="/m/UUID/disk-op-1.qcow2" />
                  <target dev="vda" bus="virtio" />
                </disk>
                <interface type="bridge">
                  <mac address="52:54:00:00:00:01" />
                  <source bridge="br0" />
                  <model type="virtio" />
                </interface>
                <serial type="file">
                  <source path="/m/UUID/console.log" />
                  <target port="0" />
                </serial>
                <rng model="virtio">
                  <backend model="random">/dev/urandom</backend>
                </rng>
                <controller type="usb" model="none" />
                <memballoon model="virtio" />
              </devices>
              <qemu:commandline>
                <qemu:arg value="-netdev" />
                <qemu:arg value="user,id=user0,hostfwd=tcp:127.0.0.1:2222-:22" />
                <qemu:arg value="-device" />
                <qemu:arg value="virtio-net-pci,netdev=user0,mac=52:54:00:00:00:02,bus=pcie.0,addr=0x10" />
              </qemu:commandline>
            </domain>
            """,
            Normal(DomainXml.Build(machine, Record), machine));
    }

    [Fact]
    public void Uefi_is_asked_for_without_secure_boot()
    {
        var os = XElement.Parse(DomainXml.Build(Machine(new() { Firmware = Firmware.Uefi }), Record)).Element("os")!;

        Assert.Equal("efi", os.Attribute("firmware")?.Value);
        Assert.All(os.Element("firmware")!.Elements("feature"), feature => Assert.Equal("no", feature.Attribute("enabled")?.Value));
    }

    [Property]
    public void Hostile_names_stay_text(string? name, string? source)
    {
        var text = string.Concat((name + "<'\">&]]>").Where(System.Xml.XmlConvert.IsXmlChar));
        var bridge = string.Concat((source + "' file='/etc/shadow").Where(System.Xml.XmlConvert.IsXmlChar));
        var machine = new Machine(Spec, Node(new() { Interfaces = [new() { Name = "lan", Type = NetworkInterfaceType.Bridge, Source = bridge }] }) with { Name = text });

        var description = DomainDescription.Parse(DomainXml.Build(machine, Record));

        Assert.Equal([$"/m/{machine.Uuid}/disk-op-1.qcow2"], description!.DiskPaths);
        Assert.Equal(machine.Uuid, description.Uuid);
    }

    [Fact]
    public void A_change_of_hardware_changes_the_digest_and_nothing_else_does()
    {
        var one = Definition(new() { Cpus = 1 });

        Assert.Equal(one, Definition(new() { Cpus = 1 }));
        Assert.NotEqual(one, Definition(new() { Cpus = 2 }));
    }

    [Property]
    public void Garbage_is_no_definition(string? garbage) => Assert.Null(DomainDescription.Parse(garbage ?? ""));

    [Fact]
    public void Entities_are_not_resolved() =>
        Assert.Null(DomainDescription.Parse("<!DOCTYPE d [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><domain><uuid>&x;</uuid></domain>"));

    private static LibvirtSpec Spec => new() { MachineDirectory = "/m", ImageDirectory = "/i", DomainType = LibvirtDomainType.Qemu, Installation = "test" };

    private static NodeTarget Node(HardwareSpec hardware) => new() { Namespace = "lab", Name = "node-1", Uid = "uid-1", Spec = new() { Hardware = hardware } };

    private static Machine Machine(HardwareSpec hardware) => new(Spec, Node(hardware));

    private static string? Definition(HardwareSpec hardware) => DomainDescription.Parse(DomainXml.Build(Machine(hardware), Record))!.Mark!.Definition;

    private static string Normal(string xml, Machine machine)
    {
        var definition = DomainDescription.Parse(xml)!.Mark!.Definition!;
        return xml.ReplaceLineEndings("\n").Replace(machine.Uuid, "UUID", StringComparison.Ordinal).Replace(definition, "DEFINITION", StringComparison.Ordinal);
    }
}

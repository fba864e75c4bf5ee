using System.ComponentModel.DataAnnotations;
using Provisioning.Api.Meta;
using Provisioning.Api.Schema;

namespace Provisioning.Api.Nodes;

/// <summary>The hardware of a virtual machine.</summary>
public sealed class HardwareSpec
{
    /// <summary>Number of virtual processors.</summary>
    [Range(1, 512)]
    public int Cpus { get; set; } = 1;

    /// <summary>Memory in MiB.</summary>
    [Range(64, 16777216)]
    public int MemoryMiB { get; set; } = 1024;

    /// <summary>Size of the disk in GiB. At least the virtual size of the image; without it the disk is as large as the image.</summary>
    [Range(1, 65536)]
    public int? DiskGiB { get; set; }

    /// <summary>Firmware that starts the machine.</summary>
    public Firmware Firmware { get; set; } = Firmware.Bios;

    /// <summary>MAC address of the network interface that wakes a real machine (type Lab: Wake-on-LAN). Virtual machines have theirs in interfaces.</summary>
    [StringLength(17), RegularExpression("^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$")]
    public string? MacAddress { get; set; }

    /// <summary>Network interfaces, in order. Without any the machine has no network.</summary>
    [ListMap("name"), Items(8)]
    public IList<NetworkInterfaceSpec> Interfaces { get; set; } = [];
}

/// <summary>One network interface of a virtual machine.</summary>
[Cel("self.type == 'User' || has(self.source)", "must give source (the name of the bridge or network) unless type is User")]
[Cel("self.type == 'User' || !has(self.forwards) || size(self.forwards) == 0", "must not list forwards unless type is User")]
public sealed class NetworkInterfaceSpec
{
    /// <summary>Name of the interface, unique on this machine; for people only.</summary>
    [Required, StringLength(15, MinimumLength = 1), RegularExpression("^[a-z][a-z0-9]*$")]
    public string Name { get; set; } = "";

    /// <summary>What the interface is attached to. Bridge: a bridge of the VM host. Network: a libvirt network. User: user-mode networking, for hosts without a bridge; reached by forwards.</summary>
    [Required]
    public NetworkInterfaceType Type { get; set; }

    /// <summary>Name of the bridge or libvirt network.</summary>
    [StringLength(64, MinimumLength = 1), RegularExpression(Patterns.FileName)]
    public string? Source { get; set; }

    /// <summary>MAC address. Without it a stable one is derived from the Node's identity.</summary>
    [StringLength(17), RegularExpression("^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$")]
    public string? MacAddress { get; set; }

    /// <summary>TCP ports of the VM host's loopback address that are forwarded into the machine; type User only.</summary>
    [ListMap("hostPort"), Items(16)]
    public IList<PortForwardSpec> Forwards { get; set; } = [];
}

/// <summary>Forwards a TCP port of the VM host's loopback address into a machine.</summary>
public sealed class PortForwardSpec
{
    /// <summary>Port on 127.0.0.1 of the VM host.</summary>
    [Required, Range(1, 65535)]
    public int HostPort { get; set; }

    /// <summary>Port in the machine.</summary>
    [Required, Range(1, 65535)]
    public int GuestPort { get; set; }
}

/// <summary>Kinds of network interface.</summary>
public enum NetworkInterfaceType
{
    /// <summary>Attached to a bridge of the VM host.</summary>
    Bridge,

    /// <summary>Attached to a libvirt network.</summary>
    Network,

    /// <summary>User-mode networking.</summary>
    User,
}

/// <summary>Kinds of firmware.</summary>
public enum Firmware
{
    /// <summary>Legacy BIOS.</summary>
    Bios,

    /// <summary>UEFI without Secure Boot.</summary>
    Uefi,
}

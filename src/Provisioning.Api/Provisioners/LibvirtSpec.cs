using System.ComponentModel.DataAnnotations;
using Provisioning.Api.Meta;
using Provisioning.Api.Schema;

namespace Provisioning.Api.Provisioners;

/// <summary>A host of virtual machines with libvirt and qemu-img, reached by SSH.</summary>
[Cel("!(self.imageDirectory + '/').startsWith(self.machineDirectory + '/') && !(self.machineDirectory + '/').startsWith(self.imageDirectory + '/')", "must have a machineDirectory that neither is, contains nor lies in imageDirectory")]
public sealed class LibvirtSpec : SshHostSpec
{
    /// <summary>Connection URI of libvirt on the VM host.</summary>
    [StringLength(128, MinimumLength = 1), RegularExpression("^qemu:///(system|session)$")]
    public string Uri { get; set; } = "qemu:///system";

    /// <summary>Directory on the VM host with the image files.</summary>
    [StringLength(512, MinimumLength = 1), RegularExpression(Patterns.AbsolutePath)]
    public string ImageDirectory { get; set; } = "/var/lib/provisioning/images";

    /// <summary>Directory on the VM host for the disks and the work records of the machines.</summary>
    [StringLength(512, MinimumLength = 1), RegularExpression(Patterns.AbsolutePath)]
    public string MachineDirectory { get; set; } = "/var/lib/provisioning/machines";

    /// <summary>How virtual processors run. Kvm: on the host's processor. Qemu: emulated. An accessible /dev/kvm is not always a usable one, so this is never guessed.</summary>
    public LibvirtDomainType DomainType { get; set; } = LibvirtDomainType.Kvm;

    /// <summary>Tells this installation's machines from those of another one on the same VM host. Two clusters that share a host must use different names.</summary>
    [StringLength(32, MinimumLength = 1), RegularExpression("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
    public string Installation { get; set; } = "default";
}

/// <summary>How virtual processors run.</summary>
public enum LibvirtDomainType
{
    /// <summary>On the host's processor.</summary>
    Kvm,

    /// <summary>Emulated.</summary>
    Qemu,
}

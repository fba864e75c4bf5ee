using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;

namespace Provisioning.Engines.Libvirt.Operations;

/// <summary>What to do about errors of libvirt and QEMU whose own words do not tell.</summary>
internal static class Advice
{
    private static readonly (string Said, string Advice)[] Known =
    [
        ("Could not set up host forwarding rule", "Another machine or program on the VM host has this port: give the Node another hostPort."),
        ("bridge helper", "Make the bridge on the VM host and allow it in /etc/qemu/bridge.conf there, or name another one in hardware.interfaces."),
        ("Cannot get interface MTU", "Make the bridge on the VM host, or name another one in hardware.interfaces."),
        ("Network not found", "Name a network in hardware.interfaces that 'virsh net-list --all' shows on the VM host."),
        ("virt type 'kvm'", "Give the VM host a usable /dev/kvm, or set libvirt.domainType of the Provisioner to Qemu."),
        ("domaintype=kvm", "Give the VM host a usable /dev/kvm, or set libvirt.domainType of the Provisioner to Qemu."),
    ];

    /// <summary>Ends the message of a failure with the advice for it, if there is one.</summary>
    public static OperationOutcome? AddTo(OperationOutcome? outcome, string log) =>
        outcome is { Phase: OperationPhase.Failed } && Known.FirstOrDefault(known => log.Contains(known.Said, StringComparison.Ordinal)).Advice is { } advice
            ? outcome with { Message = $"{outcome.Message} {advice}" }
            : outcome;
}

using System.Net.Sockets;
using Provisioning.Api;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Lab.Machines;

/// <summary>Wakes machines that do not answer.</summary>
internal sealed class Waking(WakeUpCall call, LifeSigns signs)
{
    /// <summary>Where the packet goes, for people.</summary>
    public string Destination => call.Destination;

    /// <summary>Sends a packet if the machine is silent. Null, or why that is impossible.</summary>
    public async Task<OperationOutcome?> WakeAsync(NodeTarget node, CancellationToken cancellationToken)
    {
        if (node.Spec.Hardware.MacAddress is not { } address)
        {
            return OperationOutcome.Failed(Reasons.NotSupported,
                $"The machine does not answer, and it cannot be woken: spec.hardware.macAddress of the Node {node.Name} is not set. Set it to the MAC address of the interface that wakes the machine, or switch the machine on by hand.",
                FailureKind.NeedsPerson) with { MachineUntouched = true };
        }

        try
        {
            await call.SendAsync(address, cancellationToken);
            return null;
        }
        catch (SocketException error)
        {
            return OperationOutcome.Failed(Reasons.CommandFailed,
                $"The packet that wakes {address} could not be sent to {call.Destination} ({error.SocketErrorCode}). Look at spec.lab.wakeOnLanAddress of the Provisioner and at the network of the operator.") with { MachineUntouched = true };
        }
    }

    /// <summary>The same for a machine that may also be on, as far as that is possible.</summary>
    public async Task<LifeSign> WakeIfSilentAsync(NodeTarget node, CancellationToken cancellationToken)
    {
        var sign = await signs.LookAsync(node.Spec.OperatingSystem.Address ?? "", node.Spec.OperatingSystem.Port, cancellationToken);
        if (sign == LifeSign.Silent && node.Spec.Hardware.MacAddress is not null)
            await WakeAsync(node, cancellationToken);
        return sign;
    }
}

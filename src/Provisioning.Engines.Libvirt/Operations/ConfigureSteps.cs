using Provisioning.Api;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Guests;

namespace Provisioning.Engines.Libvirt.Operations;

/// <summary>post_load on its own: only on a machine that is on, with the host keys that the VM host remembers.</summary>
internal sealed class ConfigureSteps(MachineSteps machines, GuestAccess guests, PostLoadSteps postLoad)
{
    public async Task<OperationOutcome> ContinueAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        var (reading, refusal) = await machines.LookAsync(operation, PostLoadSteps.PostLoad, cancellationToken);
        if (refusal is not null)
            return refusal;
        if (reading.Domain is null && reading.CurrentDisk is null)
            return OperationOutcome.Failed(Reasons.MachineMissing, "There is no machine that could be configured. Load an image: give the Node an imageRef.") with { MachineUntouched = true };
        if (!reading.Running)
            return OperationOutcome.Failed(Reasons.PoweredOff, "The machine is off, so it cannot be configured.") with { MachineUntouched = true };
        if (guests.ModuleOf(operation.Node) is null)
            return OperationOutcome.Succeeded("There is nothing to configure: the operating system's type is None.");
        return await machines.ClaimAsync(operation, operation.Operation.Step ?? PostLoadSteps.PostLoad, cancellationToken)
            ?? await postLoad.AtRestAsync(machines.Recall(operation, reading), cancellationToken);
    }
}

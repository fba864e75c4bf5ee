using Provisioning.Api;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Guests;

namespace Provisioning.Engines.XCat.Operations;

/// <summary>post_load on its own: only on a machine that is on, with the host keys that the management node remembers.</summary>
internal sealed class ConfigureSteps(NodeSteps nodes, GuestAccess guests, PostLoadSteps postLoad)
{
    public async Task<OperationOutcome> ContinueAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        var (reading, refusal) = await nodes.LookAtPowerAsync(operation, PostLoadSteps.PostLoad, cancellationToken);
        if (refusal is not null)
            return refusal;
        if (!reading.Running)
            return OperationOutcome.Failed(Reasons.PoweredOff, "The machine is off, so it cannot be configured.") with { MachineUntouched = true };
        if (guests.ModuleOf(operation.Node) is null)
            return OperationOutcome.Succeeded("There is nothing to configure: the operating system's type is None.");
        return await nodes.EnterAsync(operation, operation.Operation.Step ?? PostLoadSteps.PostLoad, cancellationToken)
            ?? await postLoad.AtRestAsync(NodeSteps.Recall(operation, reading), cancellationToken);
    }
}

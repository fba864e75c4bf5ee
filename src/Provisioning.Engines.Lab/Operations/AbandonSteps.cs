using Provisioning.Api.Nodes;
using Provisioning.Engines.Lab.Machines;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Guests;
using Provisioning.Ssh;

namespace Provisioning.Engines.Lab.Operations;

/// <summary>
/// Keeps an operation that was given up from doing more, by a mark on the machine. Nothing else is left there. A machine that cannot be reached is not waited for: nothing gets at it
/// meanwhile, and the next operation has a higher number.
/// </summary>
internal sealed class AbandonSteps(GuestAccess guests, LifeSigns signs)
{
    public async Task<OperationOutcome> RunAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        var (node, system) = (operation.Node, operation.Node.Spec.OperatingSystem);
        var untouched = operation.Operation.Kind is OperationKind.Load or OperationKind.PostLoad;
        if (guests.ModuleOf(node) is null || await signs.LookAsync(system.Address ?? "", system.Port, cancellationToken) != LifeSign.Answers)
            return OperationOutcome.Succeeded("The machine does not answer; there is nothing on it to clean up.") with { MachineUntouched = untouched };
        try
        {
            var (session, _) = await guests.LookAsync(node, GuestTrust.AtRest(node), GuestTrust.ScopeAtRest(node), cancellationToken);
            await using (session)
                return await Fence.ShutOutAsync(session, operation, cancellationToken) ?? OperationOutcome.Succeeded("The machine takes no more orders of this operation; nothing else is left there.") with { MachineUntouched = untouched };
        }
        catch (SshFailureException failure)
        {
            return OperationOutcome.Succeeded($"The machine could not be told that the operation is given up; there is nothing on it to clean up. {failure.Message}") with { MachineUntouched = untouched };
        }
    }
}

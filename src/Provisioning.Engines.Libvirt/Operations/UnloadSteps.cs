using Provisioning.Engines.Libvirt.Hosts;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Hosts;

namespace Provisioning.Engines.Libvirt.Operations;

/// <summary>Empties a machine: off, undefined, its directory removed. Images stay.</summary>
internal sealed class UnloadSteps(VmHost host, MachineSteps machines)
{
    private const string HardPowerOff = nameof(HardPowerOff);
    private const string Undefine = nameof(Undefine);
    private const string RemoveDisk = nameof(RemoveDisk);

    public async Task<OperationOutcome> ContinueAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        var machine = machines.MachineOf(operation);
        switch (operation.Operation.Step ?? HardPowerOff)
        {
            case HardPowerOff:
                return await machines.HardOffAsync(operation, HardPowerOff, cancellationToken) ?? OperationOutcome.Running(Undefine, "the machine is off; removing its definition");
            case Undefine:
                var (reading, refusal) = await machines.LookAsync(operation, Undefine, cancellationToken);
                if (refusal is not null)
                    return refusal;
                if (reading.Running)
                    return MachineSteps.StartedBySomebody();
                if (reading.Domain is null)
                    return OperationOutcome.Running(RemoveDisk, "the machine has no definition; removing its disk");
                var job = machines.Job(Undefine, MachineScripts.Undefine, machine) with { RunAgainWhenLost = true };
                return await machines.RunAsync(operation, Undefine, "Removing the machine's definition", job, cancellationToken)
                    ?? OperationOutcome.Running(RemoveDisk, "the definition is removed; removing the disk");
            default:
                var report = await host.RunFencedAsync(machine.Scope(operation), MachineScripts.RemoveMachine, [machine.Directory], cancellationToken);
                return JobOutcomes.Pending(report, RemoveDisk, "Removing the machine's disk", operation) ?? OperationOutcome.Succeeded("The machine is empty.");
        }
    }
}

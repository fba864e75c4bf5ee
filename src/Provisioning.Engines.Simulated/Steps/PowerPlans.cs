using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Simulated.Machines;

namespace Provisioning.Engines.Simulated.Steps;

/// <summary>power_on, power_off, power_reset and unload.</summary>
internal static class PowerPlans
{
    public static readonly Plan None = new(default, static _ => 0, static _ => OperationOutcome.Succeeded("There is nothing to do."), []);

    public static readonly Plan On = new(OperationKind.PowerOn, static spec => spec.PowerSeconds, static _ => OperationOutcome.Succeeded("The machine is on."), [
        new("Start", "Powering on.", 100) { Applies = IsOff, Check = Exists, Effect = SystemSteps.Boot },
    ]);

    public static readonly Plan SoftOff = new(OperationKind.PowerOff, static spec => spec.PowerSeconds, SucceedOff, [
        new("StopSoft", "Asking the operating system to shut down.", 100) { Applies = IsOn, AsksSystem = true, Effect = SystemSteps.CutPower },
        new("StopHard", "Cutting the power.", 0) { Applies = IsOn, Effect = SystemSteps.CutPower },
    ]);

    public static readonly Plan HardOff = new(OperationKind.PowerOff, static spec => spec.PowerSeconds, SucceedOff, [
        new("StopHard", "Cutting the power.", 100) { Applies = IsOn, Effect = SystemSteps.CutPower },
    ]);

    public static readonly Plan Reset = new(OperationKind.PowerReset, static spec => spec.PowerSeconds, static _ => OperationOutcome.Succeeded("The machine was reset and is on."), [
        new("NoteBoot", "Noting the boot that is to end.", 0) { Applies = static (_, run) => run.Spec.PowerSeconds > 0, Check = Exists },
        new("Reset", "Resetting.", 100) { Check = Exists, RecordFirst = true, Effect = DoReset },
    ]);

    public static readonly Plan Unload = new(OperationKind.Unload, static spec => spec.PowerSeconds, static _ => OperationOutcome.Succeeded("The machine is empty."), [
        new("Stop", "Cutting the power.", 50) { Applies = IsOn, Effect = SystemSteps.CutPower },
        new("RemoveDisk", "Removing the disk.", 50) { Applies = static (cell, _) => cell.State.Exists, RecordFirst = true, Effect = RemoveDisk },
    ]);

    private static bool IsOn(MachineCell cell, SimulatedRun run) => cell.State.IsOn;

    private static bool IsOff(MachineCell cell, SimulatedRun run) => !cell.State.IsOn;

    private static OperationOutcome? Exists(MachineCell cell, SimulatedRun run) => cell.State.Exists
        ? null
        : OperationOutcome.Failed(Reasons.MachineMissing, $"Machine {run.Node} does not exist. Load an image on it: set spec.imageRef.", FailureKind.NeedsPerson) with { MachineUntouched = true };

    private static OperationOutcome SucceedOff(SimulatedRun run) => OperationOutcome.Succeeded(
        run.UncleanShutdown ? "The machine did not shut down in time; its power was cut." : "The machine is off.");

    private static StepEnd DoReset(MachineCell cell, SimulatedRun run, DateTimeOffset time)
    {
        cell.Boot(time, TimeSpan.Zero);
        return StepEnd.Done;
    }

    private static StepEnd RemoveDisk(MachineCell cell, SimulatedRun run, DateTimeOffset time)
    {
        cell.Change(cell.State with { Exists = false, Power = Api.Machines.PowerValue.Off, BootId = null, Disk = null, NewDisk = null, CurrentImage = null });
        return StepEnd.Done;
    }
}

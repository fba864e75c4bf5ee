using Provisioning.Api;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Simulated.Machines;

namespace Provisioning.Engines.Simulated.Steps;

/// <summary>Steps that several verbs share, and what they need of the running system.</summary>
internal static class SystemSteps
{
    /// <summary>Name of the value that proves a boot: the id of the boot before.</summary>
    public const string BootIdBefore = "bootIdBefore";

    public static readonly Step WaitForBoot = new("WaitForBoot", "Waiting until the system answers.", 30)
    {
        InSystem = true,
        Check = static (cell, run) => IsOn(cell, run),
    };

    public static bool Answers(MachineCell cell, SimulatedRun run, DateTimeOffset now)
    {
        var state = cell.State;
        return state.IsOn
            && state.BootedTime <= now
            && state.Disk is { HalfDone: false }
            && (!run.HasLinux || state.Reachability == SimulatedReachability.Reachable);
    }

    public static OperationOutcome? HasDisk(MachineCell cell, SimulatedRun run) => cell.State is { Exists: true, Disk: not null }
        ? null
        : OperationOutcome.Failed(Reasons.MachineMissing, $"Machine {run.Node} has no disk. Load an image on it first: set spec.imageRef.");

    public static OperationOutcome? IsOn(MachineCell cell, SimulatedRun run) => HasDisk(cell, run) ?? (cell.State.IsOn
        ? null
        : OperationOutcome.Failed(Reasons.PoweredOff, $"Machine {run.Node} is off, so step {run.Step.Name} is not possible. It is tried again when the machine is on."));

    public static OperationOutcome Unanswered(SimulatedRun run) => run.Step.Name == WaitForBoot.Name
        ? OperationOutcome.Failed(Reasons.BootTimedOut, $"Machine {run.Node} did not answer within {run.Context.Timeouts.BootSeconds} s after it was started. Look at its console; if it only needs longer, raise spec.timeouts.bootSeconds of the Provisioner.")
        : OperationOutcome.Failed(Reasons.SshUnreachable, $"Machine {run.Node} does not answer over SSH, so step {run.Step.Name} is not possible. Look at its console and network.");

    public static OperationOutcome DidNotShutDown(SimulatedRun run) => OperationOutcome.Failed(
        Reasons.ShutdownTimedOut,
        $"Machine {run.Node} did not shut down within {run.Context.Timeouts.SoftPowerOffSeconds} s and was left running. Shut it down by hand, or allow spec.uncleanShutdown: Force.") with { MachineUntouched = !run.PreparedForCapture };

    public static StepEnd CutPower(MachineCell cell, SimulatedRun run, DateTimeOffset time)
    {
        if (!cell.State.IsOn)
            return StepEnd.Nothing;
        cell.CutPower();
        return StepEnd.Done;
    }

    public static StepEnd Boot(MachineCell cell, SimulatedRun run, DateTimeOffset time)
    {
        if (cell.State.IsOn)
            return StepEnd.Nothing;
        cell.Boot(time, run.BootDuration);
        return StepEnd.Done;
    }
}

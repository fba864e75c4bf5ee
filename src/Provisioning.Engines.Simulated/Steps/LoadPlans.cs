using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Simulated.Machines;

namespace Provisioning.Engines.Simulated.Steps;

/// <summary>load and post_load.</summary>
internal static class LoadPlans
{
    private static readonly Step PostLoadStep = new("PostLoad", "Configuring the system.", 10)
    {
        Applies = static (_, run) => run.HasLinux,
        InSystem = true,
        Check = CanConfigure,
        Effect = Configure,
    };

    public static readonly Plan Load = new(OperationKind.Load, static spec => spec.LoadSeconds, SucceedLoad, [
        new("VerifyImage", "Verifying the image.", 15) { Check = HasImage },
        new("CreateDisk", "Making a disk from the image.", 35) { Effect = CreateDisk },
        new("Stop", "Cutting the power.", 5) { Applies = static (cell, _) => cell.State.IsOn, Effect = SystemSteps.CutPower },
        new("SwitchDisk", "Putting the new disk in place.", 5) { Check = HasNewDisk, RecordFirst = true, Effect = SwitchDisk },
        new("Start", "Powering on.", 0) { Check = SystemSteps.HasDisk, Effect = SystemSteps.Boot },
        SystemSteps.WaitForBoot with { Check = IsNewSystem },
        PostLoadStep,
    ]);

    public static readonly Plan PostLoad = new(
        OperationKind.PostLoad,
        static spec => spec.LoadSeconds * PostLoadStep.Share / 100,
        static _ => OperationOutcome.Succeeded("The machine is configured."),
        [new("CheckMachine", "Looking for the machine.", 0) { Applies = static (_, run) => !run.HasLinux, Check = SystemSteps.HasDisk }, PostLoadStep]);

    private static OperationOutcome SucceedLoad(SimulatedRun run) =>
        OperationOutcome.Succeeded($"{run.Context.Image!.Name} revision {run.Context.Image.Revision} is loaded{(run.HasLinux ? " and configured." : "; nothing inside the machine was looked at.")}");

    private static OperationOutcome? HasImage(MachineCell cell, SimulatedRun run)
    {
        var image = run.Context.Image!;
        var exists = cell.Room.Library.Find(cell.State.Namespace, image.FileName, image.Digest).Exists;
        return exists.IsYes
            ? null
            : OperationOutcome.Failed(
                exists.Reason!,
                $"Image {image.Name} cannot be loaded on machine {run.Node}: {exists.Detail} Put the right file into the library, or name another Image.",
                FailureKind.NeedsPerson) with { MachineUntouched = true };
    }

    private static StepEnd CreateDisk(MachineCell cell, SimulatedRun run, DateTimeOffset time)
    {
        cell.Change(cell.State with { NewDisk = new(run.Context.Image!.Digest, run.OperationId) });
        return StepEnd.Done;
    }

    private static OperationOutcome? HasNewDisk(MachineCell cell, SimulatedRun run) => cell.State.NewDisk?.OperationId == run.OperationId
        ? null
        : OperationOutcome.Failed(Reasons.MachineMissing, $"The new disk of machine {run.Node} disappeared while it was loaded. Find out who removed it; the load is tried again.");

    private static StepEnd SwitchDisk(MachineCell cell, SimulatedRun run, DateTimeOffset time)
    {
        var image = run.Context.Image!;
        var isHalfDone = cell.Fault(SimulatedFaultKind.HalfDone, run.Spec, run.OperationId, run.Step.Name, run.Index);
        cell.Change(cell.State with
        {
            Exists = true,
            Power = PowerValue.Off,
            BootId = null,
            Disk = cell.State.NewDisk! with { HalfDone = isHalfDone },
            NewDisk = null,
            CurrentImage = isHalfDone ? null : new(image.Name, image.RevisionId),
        });
        return isHalfDone
            ? new(true, OperationOutcome.Failed(Reasons.CommandFailed, $"Writing image {image.Name} on machine {run.Node} stopped half way; its disk holds only a part of it. The load is tried again."))
            : StepEnd.Done;
    }

    private static OperationOutcome? IsNewSystem(MachineCell cell, SimulatedRun run)
    {
        if (SystemSteps.IsOn(cell, run) is { } failure)
            return failure;
        var before = run.Context.Value(SystemSteps.BootIdBefore) ?? run.BootIdBefore;
        return cell.State.BootId != before
            ? null
            : OperationOutcome.Failed(Reasons.UnexpectedAnswer, $"Machine {run.Node} still runs the system from before the load. Look at its boot order; the load is tried again.");
    }

    private static OperationOutcome? CanConfigure(MachineCell cell, SimulatedRun run)
    {
        if (SystemSteps.IsOn(cell, run) is { } failure)
            return failure;
        return run.Context.Image is not null || cell.State.CurrentImage is not null
            ? null
            : OperationOutcome.Failed(Reasons.CurrentImageMissing, $"Machine {run.Node} names no image and none is desired, so it cannot be configured. Set spec.imageRef.", FailureKind.NeedsPerson);
    }

    private static StepEnd Configure(MachineCell cell, SimulatedRun run, DateTimeOffset time)
    {
        var state = cell.State;
        var loadedBy = state.Disk!.OperationId.Length > 0 ? state.Disk.OperationId : null;
        var name = run.Context.Image?.Name ?? state.CurrentImage!.Name;
        var revisionId = run.Context.Image?.RevisionId ?? state.CurrentImage!.RevisionId;
        var next = new SimulatedCurrentImage(name, revisionId, loadedBy) { Configured = true, Tainted = state.CurrentImage?.Tainted == true };
        cell.Change(state with { CurrentImage = next });
        return StepEnd.Done;
    }
}

using System.Security.Cryptography;
using System.Text;
using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Simulated.Machines;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Simulated.Steps;

/// <summary>capture.</summary>
internal static class CapturePlan
{
    public static readonly Plan Capture = new(OperationKind.Capture, static spec => spec.CaptureSeconds, Succeed, [
        new("CheckImage", "Checking that the name of the image is free.", 0) { Check = CanCapture },
        new("Start", "Powering on, to prepare the system.", 0) { Applies = static (cell, run) => IsPrepared(run) && !cell.State.IsOn, Check = SystemSteps.HasDisk, Effect = SystemSteps.Boot },
        SystemSteps.WaitForBoot with { Share = 10, Applies = static (cell, run) => IsPrepared(run) && (!cell.State.IsOn || cell.State.Boots > run.BootsBefore) },
        new("PreCapture", "Preparing the system for its capture.", 15) { Applies = static (_, run) => IsPrepared(run), InSystem = true, Check = SystemSteps.IsOn, Effect = Prepare },
        new("StopSoft", "Asking the operating system to shut down.", 10) { Applies = static (cell, _) => cell.State.IsOn, AsksSystem = true, Effect = SystemSteps.CutPower },
        new("StopHard", "Cutting the power.", 0) { Applies = static (cell, _) => cell.State.IsOn, Effect = SystemSteps.CutPower },
        new("Convert", "Copying the disk.", 45) { Check = IsAtRest, Start = BeginFile, RecordFirst = true, Effect = CopyDisk },
        new("Digest", "Computing the digest.", 15) { Check = IsAtRest },
        new("Publish", "Publishing the image.", 5) { RecordFirst = true, Check = IsNameFree, Effect = Publish },
    ]);

    public static string FileName(CaptureTarget capture)
    {
        var name = $"{capture.ImageName}-{capture.Revision}.qcow2";
        return name.Length <= 255 ? name : $"{capture.ImageName}-{Sha256(capture.Revision)[..16]}.qcow2";
    }

    public static string PartialName(CaptureTarget capture, string operationId) => $".{FileName(capture)}.{operationId}.partial";

    /// <summary>Another capture of the same disk is another image, as it is on real machines, where time stamps differ.</summary>
    private static string DigestOf(SimulatedDisk disk, string operationId) => "sha256:" + Sha256($"{disk.Digest}\n{operationId}");

    private static string Sha256(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static bool IsPrepared(SimulatedRun run) => run.HasLinux && run.Context.Capture!.Preparation == CapturePreparation.OperatingSystem;

    private static OperationOutcome? CanCapture(MachineCell cell, SimulatedRun run)
    {
        if ((SystemSteps.HasDisk(cell, run) ?? IsNameFree(cell, run)) is { } failure)
            return failure with { MachineUntouched = true };
        return cell.State.Disk is { HalfDone: false }
            ? null
            : OperationOutcome.Failed(Reasons.LoadIncomplete, $"The disk of machine {run.Node} holds only a part of an image. Wait until it is loaded.") with { MachineUntouched = true };
    }

    private static OperationOutcome? IsNameFree(MachineCell cell, SimulatedRun run)
    {
        var capture = run.Context.Capture!;
        var fileName = FileName(capture);
        var isTaken = cell.Room.Library.Stored(cell.State.Namespace, fileName) is not null || run.Context.Node.DesiredImage?.FileName == fileName;
        return isTaken ? NameTaken(run, capture) : null;
    }

    private static OperationOutcome NameTaken(SimulatedRun run, CaptureTarget capture) => OperationOutcome.Failed(
        Reasons.ImageNameTaken,
        $"The library already has a file {FileName(capture)}, so machine {run.Node} cannot be captured into it. Choose another spec.imageName or spec.revision.",
        FailureKind.NeedsPerson);

    private static StepEnd Prepare(MachineCell cell, SimulatedRun run, DateTimeOffset time)
    {
        var capture = run.Context.Capture!;
        run.PreparedForCapture = true;
        cell.Change(cell.State with { CurrentImage = new(capture.ImageName, ImageTarget.ToRevisionId(capture.ImageName, capture.Revision)) });
        return StepEnd.Done;
    }

    private static OperationOutcome? IsAtRest(MachineCell cell, SimulatedRun run) => SystemSteps.HasDisk(cell, run) ?? (cell.State.IsOn || (run.BootsAtCopy ?? cell.State.Boots) != cell.State.Boots
        ? OperationOutcome.Failed(Reasons.CommandFailed, $"Machine {run.Node} was started while its disk was captured, so the copy is worthless and was dropped. Keep it off until the capture is done.")
        : null);

    private static void BeginFile(MachineCell cell, SimulatedRun run)
    {
        run.BootsAtCopy = cell.State.Boots;
        cell.Room.Library.BeginPartial(cell.State.Namespace, PartialName(run.Context.Capture!, run.OperationId));
    }

    private static StepEnd CopyDisk(MachineCell cell, SimulatedRun run, DateTimeOffset time)
    {
        run.Digest = DigestOf(cell.State.Disk!, run.OperationId);
        return StepEnd.Done;
    }

    private static StepEnd Publish(MachineCell cell, SimulatedRun run, DateTimeOffset time)
    {
        var capture = run.Context.Capture!;
        var published = cell.Room.Library.Publish(
            cell.State.Namespace, PartialName(capture, run.OperationId), FileName(capture), run.Digest, ImageLibrary.DeclaredImageBytes);
        return published ? StepEnd.Done : new(false, NameTaken(run, capture));
    }

    private static OperationOutcome Succeed(SimulatedRun run)
    {
        var capture = run.Context.Capture!;
        return OperationOutcome.Succeeded($"{capture.ImageName} revision {capture.Revision} is captured.") with
        {
            CapturedImage = new CapturedImage
            {
                Digest = run.Digest,
                SizeBytes = ImageLibrary.DeclaredImageBytes,
                Format = ImageFormat.Qcow2,
                FileName = FileName(capture),
                UncleanShutdown = run.UncleanShutdown,
            },
        };
    }
}

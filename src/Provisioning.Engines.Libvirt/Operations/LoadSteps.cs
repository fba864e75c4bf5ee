using System.Globalization;
using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Libvirt.Domains;
using Provisioning.Engines.Libvirt.Hosts;
using Provisioning.Engines.Libvirt.Images;
using Provisioning.Engines.Libvirt.Machines;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Guests;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Engines.Targets;
using Provisioning.Ssh.Jobs;

namespace Provisioning.Engines.Libvirt.Operations;

/// <summary>load: the new disk is prepared before the old one is touched, and the new system must prove that it is the one that answers.</summary>
internal sealed class LoadSteps(VmHost host, ImageLibrary images, MachineSteps machines, GuestAccess guests, GuestSteps waits, PostLoadSteps postLoad)
{
    private const string VerifyImage = nameof(VerifyImage);
    private const string CreateDisk = nameof(CreateDisk);
    private const string StopOld = nameof(StopOld);
    private const string SwitchDisk = nameof(SwitchDisk);
    private const string Start = nameof(Start);
    private const string WaitForBoot = nameof(WaitForBoot);
    private const string CleanUp = nameof(CleanUp);

    private const string DiskBytes = "diskBytes";

    public async Task<OperationOutcome> ContinueAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        if (operation.Image is not { } image)
            return await JudgedAsync(operation, OperationOutcome.Failed(Reasons.ImageNotFound, "The Image to load does not exist."), cancellationToken);

        return (operation.Operation.Step ?? VerifyImage) switch
        {
            VerifyImage => await JudgedAsync(operation, await VerifyImageAsync(operation, image, cancellationToken), cancellationToken),
            CreateDisk => await JudgedAsync(operation, await CreateDiskAsync(operation, image, cancellationToken), cancellationToken),
            StopOld => await StopOldAsync(operation, cancellationToken),
            SwitchDisk => await machines.DefineAsync(operation, SwitchDisk, MachineRecord.For(image, operation.Operation.Id), makeCurrent: true, cancellationToken)
                ?? OperationOutcome.Running(Start, "the machine has its new disk; starting it"),
            Start => await machines.StartAsync(operation, Start, cancellationToken) ?? OperationOutcome.Running(WaitForBoot, "the machine is on; waiting for it to boot", GuestSteps.ShortestBoot),
            WaitForBoot => await WaitForBootAsync(operation, cancellationToken),
            CleanUp => await CleanUpAsync(operation, image, cancellationToken),
            _ => await machines.ClaimAsync(operation, operation.Operation.Step!, cancellationToken) ?? await postLoad.DuringLoadAsync(operation, cancellationToken),
        };
    }

    private async Task<OperationOutcome> VerifyImageAsync(OperationContext operation, ImageTarget image, CancellationToken cancellationToken)
    {
        if (guests.ModuleOf(operation.Node) is not null && GuestTrust.DuringLoad(operation) is { TrustAny: false, HostKeys.Count: 0 })
        {
            return OperationOutcome.Failed(Reasons.HostKeyUnknown,
                $"The Image {image.Name} lists no sshHostKeys, so the loaded machine could not be told from an impostor. List the image's host keys " +
                "in spec.sshHostKeys of the Image, or choose in spec.operatingSystem.hostKeyPolicy of the Node Pinned (with hostKeys) or TrustAfterLoad.",
                FailureKind.NeedsPerson);
        }

        var machine = machines.MachineOf(operation);
        if (DomainXml.Problem(machine, MachineRecord.For(image, operation.Operation.Id)) is { } unwritable)
            return OperationOutcome.Failed(Reasons.InvalidSpec, unwritable, FailureKind.NeedsPerson);
        var (reading, refusal) = await machines.LookAsync(operation, VerifyImage, cancellationToken);
        if (refusal is not null)
            return refusal;

        var report = await host.RunAsync(machine, operation, images.VerifyJob(VerifyImage, image), cancellationToken);
        if (images.VerifyFailure(report, image) is { } failure)
            return failure;
        if (JobOutcomes.Pending(report, VerifyImage, "Comparing the image's file with its digest", operation) is { } pending)
            return pending;
        if (QemuImageInfo.Parse(report.Log) is not { } info || info.BackingFile is not null || info.HasDataFile || info.Format != ImageLibrary.FormatName(image.Format))
            return OperationOutcome.Failed(Reasons.ImageInvalid, $"qemu-img says about {image.FileName} what cannot be right: " +
                $"{JobOutcomes.LastLines(report.Log)}", FailureKind.NeedsPerson);

        var wanted = operation.Node.Spec.Hardware.DiskGiB * 1024L * 1024 * 1024;
        if (wanted < info.VirtualSize)
        {
            var needed = (info.VirtualSize + (1L << 30) - 1) >> 30;
            return OperationOutcome.Failed(Reasons.InvalidSpec,
                $"hardware.diskGiB is {operation.Node.Spec.Hardware.DiskGiB}, but the disk in the image {image.Name} has {needed} GiB. Give at least " +
                "that, or leave diskGiB out.", FailureKind.NeedsPerson);
        }

        var bootId = reading.Running ? await waits.TryReadBootIdAsync(machines.Recall(operation, reading), cancellationToken) : null;
        Dictionary<string, string> values = [];
        if (wanted > info.VirtualSize)
            values[DiskBytes] = wanted.Value.ToString(CultureInfo.InvariantCulture);
        if (bootId is not null)
            values[GuestSteps.BootIdBefore] = bootId;
        return OperationOutcome.Running(CreateDisk, "the image is whole; making the new disk") with { Record = true, Values = values };
    }

    private async Task<OperationOutcome> CreateDiskAsync(OperationContext operation, ImageTarget image, CancellationToken cancellationToken)
    {
        var machine = machines.MachineOf(operation);
        var job = new DetachedJob(CreateDisk, MachineScripts.CreateDisk, host.Spec.ImageDirectory, image.FileName, ImageLibrary.Hex(image.Digest), ImageLibrary.FormatName(image.Format),
            machine.DiskPath(Machine.DiskName(operation.Operation.Id)), operation.Value(DiskBytes) ?? "")
        {
            RunAgainWhenLost = true,
        };
        var report = await host.RunAsync(machine, operation, job, cancellationToken);
        if (report is { State: JobState.Exited, ExitCode: MachineScripts.ImageChanged })
            return OperationOutcome.Failed(Reasons.ImageDigestMismatch, $"The file {image.FileName} was changed after it was verified. It is compared " +
                "again with the next attempt.");
        if (report is { State: JobState.Exited, ExitCode: MachineScripts.NoSpace } && DiskSpace.FromLog(report.Log, "The disk of the machine", host.Endpoint.Address) is { } full)
            return full;
        return JobOutcomes.Pending(report, CreateDisk, "Making the new disk", operation) ?? OperationOutcome.Running(StopOld, "the new disk is ready; " +
            "stopping what runs");
    }

    /// <summary>
    /// An operator that died after the start comes back to this step, since only the next wait would have been recorded. What runs then is the new disk already,
    /// and must go on running.
    /// </summary>
    private async Task<OperationOutcome> StopOldAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        var (reading, refusal) = await machines.LookAsync(operation, StopOld, cancellationToken);
        if (refusal is not null)
            return refusal;
        if (reading.Record?.Operation == operation.Operation.Id)
            return OperationOutcome.Running(SwitchDisk, "the machine has its new disk already");
        return (reading.Running ? await machines.HardOffAsync(operation, StopOld, cancellationToken) : null)
            ?? OperationOutcome.Running(SwitchDisk, "the machine is off; putting the new disk in");
    }

    private async Task<OperationOutcome> WaitForBootAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        var (reading, refusal) = await machines.LookAsync(operation, WaitForBoot, cancellationToken);
        if (refusal is not null)
            return refusal;
        if (!reading.Running)
        {
            return OperationOutcome.Failed(Reasons.CommandFailed,
                $"The machine was started from the new disk and is {reading.State ?? "not defined"} now. Look at " +
                $"{machines.MachineOf(operation).ConsolePath} on the VM host.");
        }

        if (guests.ModuleOf(operation.Node) is null)
            return OperationOutcome.Running(CleanUp, "the machine runs; removing old disks");

        var trust = GuestTrust.DuringLoad(operation);
        var (session, _, outcome) = await machines.WaitForGuestAsync(operation, WaitForBoot, trust, operation.Operation.Id, newBoot: true, cancellationToken);
        if (session is null)
            return outcome!;
        await using (session)
        {
            var next = OperationOutcome.Running(CleanUp, "the new system answers; removing old disks");
            return trust.TrustAny
                ? next with { Record = true, SshHostKeys = [session.HostKey], Values = new Dictionary<string, string> { [GuestTrust.OwnKeysRecorded] = "trusted" } }
                : next;
        }
    }

    private async Task<OperationOutcome> CleanUpAsync(OperationContext operation, ImageTarget image, CancellationToken cancellationToken)
    {
        var machine = machines.MachineOf(operation);
        var report = await host.RunFencedAsync(machine.Scope(operation), MachineScripts.RemoveOldDisks, [machine.Directory, Machine.DiskName(operation.Operation.Id)], cancellationToken);
        if (JobOutcomes.Pending(report, CleanUp, "Removing old disks", operation) is { } pending)
            return pending;
        return guests.ModuleOf(operation.Node) is null
            ? OperationOutcome.Succeeded($"{image.Name} revision {image.Revision} is loaded; nothing inside the machine was looked at.")
            : OperationOutcome.Running(PostLoadSteps.PostLoad, "configuring the new system");
    }

    /// <summary>
    /// The first steps touch nothing, but an operator that died after the switch comes back to them: only the host tells whether the old disk is still the machine's.
    /// </summary>
    private async Task<OperationOutcome> JudgedAsync(OperationContext operation, OperationOutcome outcome, CancellationToken cancellationToken)
    {
        if (outcome.Phase != OperationPhase.Failed)
            return outcome;
        var reading = await host.LookAsync(machines.MachineOf(operation), cancellationToken);
        return outcome with { MachineUntouched = MachineSteps.IsUntouched(operation, reading) };
    }
}

using System.Globalization;
using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Libvirt.Hosts;
using Provisioning.Engines.Libvirt.Images;
using Provisioning.Engines.Libvirt.Machines;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Guests;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Engines.Remote.Images;
using Provisioning.Engines.Targets;
using Provisioning.Ssh.Jobs;

namespace Provisioning.Engines.Libvirt.Operations;

/// <summary>capture: prepare, shut down, flatten into a temporary file, check, digest, publish under a name that did not exist.</summary>
internal sealed class CaptureSteps(VmHost host, MachineSteps machines, GuestAccess guests)
{
    private const string Begin = nameof(Begin);
    private const string Start = nameof(Start);
    private const string PrepareSystem = nameof(PrepareSystem);
    private const string SoftPowerOff = nameof(SoftPowerOff);
    private const string HardPowerOff = nameof(HardPowerOff);
    private const string CheckSpace = nameof(CheckSpace);
    private const string Convert = nameof(Convert);
    private const string CheckImage = nameof(CheckImage);
    private const string Publish = nameof(Publish);

    private const string DiskName = "disk";
    private const string Unclean = "uncleanShutdown";
    private const string Digest = "digest";
    private const string Size = "sizeBytes";


    public static string TemporaryPath(string imageDirectory, string operationId) => $"{imageDirectory}/.capture-{operationId}.tmp";

    public async Task<OperationOutcome> ContinueAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        if (operation.Capture is not { } capture)
            return OperationOutcome.Failed(Reasons.InvalidSpec, "There is nothing to capture into.", FailureKind.NeedsPerson) with { MachineUntouched = true };
        return (operation.Operation.Step ?? Begin) switch
        {
            Begin => await BeginAsync(operation, capture, cancellationToken),
            Start => await machines.StartAsync(operation, Start, cancellationToken) ?? OperationOutcome.Running(PrepareSystem, "the machine is on; waiting for it to boot"),
            PrepareSystem => await PrepareAsync(operation, capture, cancellationToken),
            SoftPowerOff => await ShutDownAsync(operation, capture, cancellationToken),
            HardPowerOff => await CutPowerAsync(operation, cancellationToken),
            CheckSpace => await CheckSpaceAsync(operation, cancellationToken),
            Convert => await ConvertAsync(operation, cancellationToken),
            CheckImage => await CheckImageAsync(operation, cancellationToken),
            _ => await PublishAsync(operation, capture, cancellationToken),
        };
    }

    private async Task<OperationOutcome> BeginAsync(OperationContext operation, CaptureTarget capture, CancellationToken cancellationToken)
    {
        var machine = machines.MachineOf(operation);
        var (reading, refusal) = await machines.LookAsync(operation, Begin, cancellationToken);
        if (refusal is not null)
            return refusal;
        if (Impossible(operation, capture, machine, reading) is { } problem)
            return OperationOutcome.Failed(Reasons.InvalidSpec, problem, FailureKind.NeedsPerson) with { MachineUntouched = true };
        if (reading.Record is not { } record || reading.CurrentDisk is null)
            return OperationOutcome.Failed(Reasons.MachineMissing, "The machine has no disk that could be " +
                "captured.", FailureKind.NeedsPerson) with { MachineUntouched = true };

        if (await machines.ClaimAsync(operation, Begin, cancellationToken) is { } refused)
            return refused with { MachineUntouched = true };
        // Before anything is done to the machine: a person who frees the space finds it as it was.
        if (await LackOfSpaceAsync(machine, record.Disk, cancellationToken) is { Lack: { } lack })
            return lack with { MachineUntouched = true };
        var prepare = capture.Preparation == CapturePreparation.OperatingSystem;
        // A machine that is off and must be prepared is started as it was defined; a lost definition is made anew.
        if (prepare && !reading.Running && reading.Domain is null && await machines.DefineAsync(operation, Begin, record, makeCurrent: false, cancellationToken) is { } pending)
            return pending;
        var next = prepare ? (reading.Running ? PrepareSystem : Start) : (reading.Running ? SoftPowerOff : CheckSpace);
        return OperationOutcome.Running(next, "beginning the capture") with
        {
            Record = true,
            Values = new Dictionary<string, string> { [DiskName] = record.Disk },
            SshHostKeys = machines.Recall(operation, reading).Node.SshHostKeys,
        };
    }

    private string? Impossible(OperationContext operation, CaptureTarget capture, Machine machine, HostReading reading)
    {
        if (reading.Domain is { DiskPaths: var disks } && disks.Any(disk => disk != machine.DiskPath(reading.Record?.Disk ?? "")))
            return "The machine has disks that this product did not give it. Detach them: a capture of one disk out of several would not be the machine.";
        return capture.Preparation == CapturePreparation.OperatingSystem && guests.ModuleOf(operation.Node) is null
            ? "The operating system's type is None, so it cannot be prepared. Set preparation to None in the ImageCapture, or describe the operating " +
                "system in the Node."
            : null;
    }

    private async Task<OperationOutcome> PrepareAsync(OperationContext operation, CaptureTarget capture, CancellationToken cancellationToken)
    {
        var node = operation.Node;
        var (session, _, waiting) = await machines.WaitForGuestAsync(
            operation, PrepareSystem, GuestTrust.AtRest(node), GuestTrust.ScopeAtRest(node), newBoot: false, cancellationToken);
        if (session is null)
            return waiting!;
        await using (session)
        {
            if (await machines.ClaimAsync(operation, PrepareSystem, cancellationToken) is { } refused)
                return refused;
            return await CapturePreparations.PrepareAsync(
                guests.ModuleOf(node)!, session, operation, capture, PrepareSystem, OperationOutcome.Running(SoftPowerOff, "the system is prepared; shutting it down"), cancellationToken);
        }
    }

    private async Task<OperationOutcome> ShutDownAsync(OperationContext operation, CaptureTarget capture, CancellationToken cancellationToken)
    {
        var waiting = await machines.SoftOffAsync(operation, SoftPowerOff, cancellationToken);
        if (waiting is null)
            return OperationOutcome.Running(CheckSpace, "the machine is off");
        if (waiting.Phase != OperationPhase.Running || machines.StepTime(operation).TotalSeconds < operation.Timeouts.SoftPowerOffSeconds)
            return waiting;
        return capture.UncleanShutdown == UncleanShutdownPolicy.Force
            ? OperationOutcome.Running(HardPowerOff, $"the machine did not shut down within {operation.Timeouts.SoftPowerOffSeconds} s; cutting its power") with
            {
                Record = true,
                Values = new Dictionary<string, string> { [Unclean] = "true" },
            }
            : OperationOutcome.Failed(Reasons.ShutdownTimedOut,
                $"The machine did not shut down within {operation.Timeouts.SoftPowerOffSeconds} s, and the capture forbids to cut its power. It is " +
                "left running. Look why it does not shut down, or set uncleanShutdown to Force.",
                FailureKind.NeedsPerson);
    }

    private async Task<OperationOutcome> CutPowerAsync(OperationContext operation, CancellationToken cancellationToken) =>
        await machines.HardOffAsync(operation, HardPowerOff, cancellationToken) ?? OperationOutcome.Running(CheckSpace, "the machine's power is cut");

    private async Task<OperationOutcome> CheckSpaceAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        var machine = machines.MachineOf(operation);
        var (reading, refusal) = await machines.LookAsync(operation, CheckSpace, cancellationToken);
        if (refusal is not null)
            return refusal;
        if (reading.Running)
            return MachineSteps.StartedBySomebody();

        var (lack, bytes) = await LackOfSpaceAsync(machine, operation.Value(DiskName)!, cancellationToken);
        return lack ?? OperationOutcome.Running(Convert, $"copying at most {bytes >> 20} MiB");
    }

    /// <summary>Without regard to compression: a full image directory could stop machines whose disks lie beside it.</summary>
    private async Task<(OperationOutcome? Lack, long Bytes)> LackOfSpaceAsync(Machine machine, string disk, CancellationToken cancellationToken)
    {
        var result = await host.ReadAsync(HostScripts.Space, [machine.DiskPath(disk), host.Spec.ImageDirectory], cancellationToken);
        if (CaptureSpace.Parse(result) is not { RequiredBytes: var required, FreeBytes: var free })
            return (JobOutcomes.Failed(result.Error, "The free space on the VM host cannot be read"), 0);
        return (required > free ? DiskSpace.Full("The capture", required, free, host.Spec.ImageDirectory, host.Endpoint.Address) : null, required);
    }

    private async Task<OperationOutcome> ConvertAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        var job = new DetachedJob(Convert, ImageScripts.Convert, machines.MachineOf(operation).DiskPath(operation.Value(DiskName)!), Temporary(operation)) { RunAgainWhenLost = true };
        return await machines.RunAsync(operation, Convert, "Copying the disk into an image", job, cancellationToken)
            ?? OperationOutcome.Running(CheckImage, "the disk is copied; checking the image and computing its digest");
    }

    private async Task<OperationOutcome> CheckImageAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        var job = new DetachedJob(CheckImage, ImageScripts.CheckAndHash, Temporary(operation)) { RunAgainWhenLost = true };
        var report = await host.RunAsync(machines.MachineOf(operation), operation, job, cancellationToken);
        if (JobOutcomes.Pending(report, CheckImage, "Checking the image and computing its digest", operation) is { } pending)
            return pending;
        if (CapturedContent.Parse(report.Log) is not { } captured)
            return OperationOutcome.Failed(Reasons.UnexpectedAnswer, $"The digest of the image reads '{JobOutcomes.LastLines(report.Log)}'. Nothing was published.");

        return OperationOutcome.Running(Publish, "the image is whole; publishing it") with
        {
            Record = true,
            Values = new Dictionary<string, string> { [Digest] = captured.Digest, [Size] = captured.SizeBytes.ToString(CultureInfo.InvariantCulture) },
        };
    }

    private async Task<OperationOutcome> PublishAsync(OperationContext operation, CaptureTarget capture, CancellationToken cancellationToken)
    {
        var digest = operation.Value(Digest)!;
        var size = operation.Value(Size)!;
        var fileName = FileName(capture, digest);
        var job = new DetachedJob(Publish, ImageScripts.Publish, Temporary(operation), host.Spec.ImageDirectory, fileName, ImageLibrary.Hex(digest), size) { RunAgainWhenLost = true };
        var report = await host.RunAsync(machines.MachineOf(operation), operation, job, cancellationToken);
        if (report is { State: JobState.Exited, ExitCode: ImageScripts.NameTaken })
            return OperationOutcome.Failed(Reasons.ImageNameTaken, $"{host.Spec.ImageDirectory}/{fileName} exists with other contents. Remove it, or " +
                "capture under another name or revision.", FailureKind.NeedsPerson);
        return JobOutcomes.Pending(report, Publish, "Publishing the image", operation) ?? OperationOutcome.Succeeded($"The image is captured as " +
            $"{fileName}.") with
        {
            CapturedImage = new CapturedImage
            {
                Digest = digest,
                SizeBytes = long.Parse(size, CultureInfo.InvariantCulture),
                Format = ImageFormat.Qcow2,
                FileName = fileName,
                SshHostKeys = CapturePreparations.HostKeysOf(operation, capture),
                UncleanShutdown = operation.Value(Unclean) is not null,
            },
        };
    }

    /// <summary>Readable, and with enough of the digest that two captures under one name cannot collide.</summary>
    internal static string FileName(CaptureTarget capture, string digest)
    {
        var readable = $"{capture.ImageName}-{capture.Revision}";
        return $"{(readable.Length <= 200 ? readable : readable[..200])}-{ImageLibrary.Hex(digest)[..12]}.qcow2";
    }

    private string Temporary(OperationContext operation) => TemporaryPath(host.Spec.ImageDirectory, operation.Operation.Id);
}

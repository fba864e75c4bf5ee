using System.Globalization;
using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Guests;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Engines.Remote.Images;
using Provisioning.Engines.Targets;
using Provisioning.Engines.XCat.Hosts;
using Provisioning.Engines.XCat.Images;
using Provisioning.Ssh.Jobs;

namespace Provisioning.Engines.XCat.Operations;

/// <summary>
/// capture: prepare the system, make the image (from the running machine with imgcapture, or from its disk with a system that is booted from the network), check it, publish
/// it. The machine is off afterwards.
/// </summary>
internal sealed class CaptureSteps(ManagementNode host, ImageLibrary images, NodeSteps nodes, PowerSteps power, PartitionCapture partitions, DeploymentSteps deployments, GuestAccess guests)
{
    private const string Begin = nameof(Begin);
    private const string PowerOn = nameof(PowerOn);
    private const string PrepareSystem = nameof(PrepareSystem);
    private const string ImageCapture = nameof(ImageCapture);
    private const string CheckImage = nameof(CheckImage);
    private const string SoftPowerOff = nameof(SoftPowerOff);
    private const string HardPowerOff = nameof(HardPowerOff);
    private const string Publish = nameof(Publish);

    private const string Answered = "answered";
    private const string Unclean = "uncleanShutdown";
    private const string Digest = "digest";
    private const string Size = "sizeBytes";
    private const string Growth = "kilobytes";

    private static readonly TimeSpan PollCapture = TimeSpan.FromSeconds(10);

    private bool TakesPartitions => host.Spec.CaptureStyle == XCatCaptureStyle.Partitions;

    private ImageFormat Format => TakesPartitions ? ImageFormat.Partitions : ImageFormat.OsImage;

    public async Task<OperationOutcome> ContinueAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        if (operation.Capture is not { } capture)
            return OperationOutcome.Failed(Reasons.InvalidSpec, "There is nothing to capture into.", FailureKind.NeedsPerson) with { MachineUntouched = true };
        var step = operation.Operation.Step ?? Begin;
        var outcome = step switch
        {
            Begin => await BeginAsync(operation, capture, cancellationToken),
            PowerOn => await power.SwitchOnAsync(operation, PowerOn, cancellationToken) ?? OperationOutcome.Running(AfterStart(capture), "the machine is on"),
            PrepareSystem => await PrepareAsync(operation, capture, cancellationToken),
            ImageCapture => await CaptureRunningAsync(operation, capture, cancellationToken),
            SoftPowerOff => await ShutDownAsync(operation, capture, cancellationToken),
            HardPowerOff => await power.CutAsync(operation, HardPowerOff, cancellationToken) ?? AfterOff(),
            CheckImage => await CheckImageAsync(operation, capture, cancellationToken),
            Publish => await PublishAsync(operation, capture, cancellationToken),
            _ => await partitions.ContinueAsync(operation, step, NameOf(capture), CheckImage, cancellationToken),
        };
        return await deployments.RestoredAsync(operation, outcome, cancellationToken);
    }

    /// <summary>Names of osimages and of files are what they are called by: readable, and without the characters that xCAT's lists are made of.</summary>
    internal static string NameOf(CaptureTarget capture)
    {
        var readable = $"{capture.ImageName}-{capture.Revision}";
        return readable.Length <= 200 ? readable : readable[..200];
    }

    private async Task<OperationOutcome> BeginAsync(OperationContext operation, CaptureTarget capture, CancellationToken cancellationToken)
    {
        var (reading, refusal) = await nodes.LookAtPowerAsync(operation, Begin, cancellationToken);
        if (refusal is not null)
            return refusal;
        if (capture.Preparation == CapturePreparation.OperatingSystem && guests.ModuleOf(operation.Node) is null)
        {
            return OperationOutcome.Failed(Reasons.InvalidSpec, "The operating system's type is None, so it cannot be prepared. Set preparation to None in the ImageCapture, or describe the " +
                "operating system in the Node.", FailureKind.NeedsPerson) with { MachineUntouched = true };
        }

        if (await LackOfSpaceAsync(reading, cancellationToken) is { } lack)
            return lack with { MachineUntouched = true };
        if (await images.ClearNameAsync(operation, nodes.MachineOf(operation), Begin, Format, NameOf(capture), cancellationToken) is { } waiting)
            return waiting with { MachineUntouched = waiting.Phase == OperationPhase.Failed };
        var mustRun = !TakesPartitions || capture.Preparation == CapturePreparation.OperatingSystem;
        return OperationOutcome.Running(reading.Running ? AfterStart(capture) : mustRun ? PowerOn : PartitionCapture.First, "beginning the capture") with
        {
            Record = true,
            SshHostKeys = NodeSteps.Recall(operation, reading).Node.SshHostKeys,
        };
    }

    /// <summary>Before anything is done to the machine: a person who frees the space finds it as it was.</summary>
    private async Task<OperationOutcome?> LackOfSpaceAsync(NodeReading reading, CancellationToken cancellationToken)
    {
        string[] arguments = [host.Spec.XCatRoot, TakesPartitions ? "partitions" : "osimage", host.Spec.ImageDirectory, reading.Loaded?.FileName ?? ""];
        var result = await host.ReadAsync(CaptureScripts.Space, arguments, cancellationToken);
        if (!result.IsSuccess || result.OutputTruncated || DiskSpace.Parse(result.Output) is not var (needed, free, directory))
            return JobOutcomes.Failed(result.Error + result.Output, "The free space on the management node cannot be read");
        return needed > free ? DiskSpace.Full("The capture", needed, free, directory, host.Endpoint.Address) : null;
    }

    private string AfterStart(CaptureTarget capture) =>
        capture.Preparation == CapturePreparation.OperatingSystem ? PrepareSystem : TakesPartitions ? SoftPowerOff : ImageCapture;

    /// <summary>Partitions are taken from a machine that is off; an osimage was taken already, and being off is the end.</summary>
    private OperationOutcome AfterOff() => TakesPartitions
        ? OperationOutcome.Running(PartitionCapture.First, "the machine is off; capturing its disk")
        : OperationOutcome.Running(Publish, "the machine is off; publishing the image");

    private async Task<OperationOutcome> PrepareAsync(OperationContext operation, CaptureTarget capture, CancellationToken cancellationToken)
    {
        var node = operation.Node;
        var (session, _, waiting) = await nodes.WaitForGuestAsync(operation, PrepareSystem, GuestTrust.AtRest(node), GuestTrust.ScopeAtRest(node), newBoot: false, cancellationToken);
        if (session is null)
        {
            return operation.Value(Answered) is null && nodes.StepTime(operation).TotalSeconds > operation.Timeouts.BootSeconds && waiting!.Phase == OperationPhase.Running
                ? OperationOutcome.Failed(Reasons.BootTimedOut, $"The machine is on and did not answer within {operation.Timeouts.BootSeconds} s, so it cannot be prepared: {waiting.Message}")
                : waiting!;
        }

        await using (session)
        {
            if (await nodes.EnterAsync(operation, PrepareSystem, cancellationToken) is { } refused)
                return refused;
            var outcome = await CapturePreparations.PrepareAsync(
                guests.ModuleOf(node)!, session, operation, capture, PrepareSystem, OperationOutcome.Running(TakesPartitions ? SoftPowerOff : ImageCapture, "the system is prepared"), cancellationToken);
            return outcome.Step == PrepareSystem ? outcome with { Values = new Dictionary<string, string> { [Answered] = "true" } } : outcome;
        }
    }

    private async Task<OperationOutcome> CaptureRunningAsync(OperationContext operation, CaptureTarget capture, CancellationToken cancellationToken)
    {
        var type = host.Spec.CaptureStyle == XCatCaptureStyle.SysClone ? "sysclone" : "diskless";
        var job = new DetachedJob(ImageCapture, CaptureScripts.ImageCapture, operation.Node.MachineName, NameOf(capture), type) { RunAgainWhenLost = true };
        var (report, pending) = await nodes.RunAsync(operation, ImageCapture, "Capturing the machine with imgcapture", job, cancellationToken);
        switch (report.State)
        {
            case JobState.Running:
                return pending! with
                {
                    PollAfter = PollCapture,
                    Message = $"imgcapture is at work, {report.Progress} KiB so far",
                    MadeProgress = report.Progress != (operation.Value(Growth) ?? ""),
                    Values = new Dictionary<string, string> { [Growth] = report.Progress },
                };
            case JobState.Exited when report.ExitCode == ImageScripts.NameTaken:
                return NameTaken(capture);
            case JobState.Exited when report.ExitCode == NodeScripts.Refused:
                return JobOutcomes.Failed(report.Log, "imgcapture failed, and nothing is published");
            default:
                return pending ?? OperationOutcome.Running(CheckImage, "the machine is captured; checking the image and computing its digest");
        }
    }

    private static OperationOutcome NameTaken(CaptureTarget capture) => OperationOutcome.Failed(Reasons.ImageNameTaken,
        $"The management node has an image of the name {NameOf(capture)} already. Remove it there, or capture under another name or revision.", FailureKind.NeedsPerson);

    private async Task<OperationOutcome> ShutDownAsync(OperationContext operation, CaptureTarget capture, CancellationToken cancellationToken)
    {
        var (waiting, givenUp) = await power.AskToShutDownAsync(operation, SoftPowerOff, cancellationToken);
        if (givenUp is null)
            return waiting ?? AfterOff();

        // A disk that is captured later must be at rest; an image that was taken from the running system does not care how the machine goes off.
        if (TakesPartitions && capture.UncleanShutdown != UncleanShutdownPolicy.Force)
        {
            return OperationOutcome.Failed(Reasons.ShutdownTimedOut,
                $"The capture needs the machine off and forbids to cut its power: {givenUp}. It is left running. Look why it does not shut down, or set uncleanShutdown to Force.", FailureKind.NeedsPerson);
        }

        return OperationOutcome.Running(HardPowerOff, $"{givenUp}; cutting its power") with
        {
            Record = true,
            Values = TakesPartitions ? new Dictionary<string, string> { [Unclean] = "true" } : new Dictionary<string, string>(),
        };
    }

    private async Task<OperationOutcome> CheckImageAsync(OperationContext operation, CaptureTarget capture, CancellationToken cancellationToken)
    {
        var job = new DetachedJob(CheckImage, ImageScripts.Check, [.. images.Inventory(Format, NameOf(capture))[1..]]) { RunAgainWhenLost = true };
        var (report, pending) = await nodes.RunAsync(operation, CheckImage, "Checking the image and computing its digest", job, cancellationToken);
        if (report is { State: JobState.Exited, ExitCode: ImageScripts.Missing or ImageScripts.Incomplete or ImageScripts.Changed or ImageScripts.Damaged })
            return OperationOutcome.Failed(Reasons.ImageInvalid, $"What was captured is not a whole image, and nothing is published: {JobOutcomes.LastLines(report.Log)}");
        if (pending is not null)
            return pending;
        if (CapturedContent.Parse(report.Log, "captured ") is not { } captured)
            return OperationOutcome.Failed(Reasons.UnexpectedAnswer, $"The digest of the image reads '{JobOutcomes.LastLines(report.Log)}'. Nothing is published.");
        return OperationOutcome.Running(TakesPartitions ? Publish : SoftPowerOff, "the image is whole") with
        {
            Record = true,
            Values = new Dictionary<string, string> { [Digest] = captured.Digest, [Size] = captured.SizeBytes.ToString(CultureInfo.InvariantCulture) },
        };
    }

    private async Task<OperationOutcome> PublishAsync(OperationContext operation, CaptureTarget capture, CancellationToken cancellationToken)
    {
        var (name, machine) = (NameOf(capture), nodes.MachineOf(operation));
        var report = await host.RunFencedAsync(machine, operation, CaptureScripts.Publish,
            [machine.Name, host.Spec.ImageDirectory, name, machine.Directory, operation.Operation.Id], cancellationToken);
        return JobOutcomes.Pending(report, Publish, "Publishing the image", operation) ?? OperationOutcome.Succeeded($"The image is captured as {name}.") with
        {
            CapturedImage = new CapturedImage
            {
                Digest = operation.Value(Digest)!,
                SizeBytes = long.Parse(operation.Value(Size)!, CultureInfo.InvariantCulture),
                Format = Format,
                FileName = name,
                SshHostKeys = CapturePreparations.HostKeysOf(operation, capture),
                UncleanShutdown = operation.Value(Unclean) is not null,
            },
        };
    }
}

using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Engines.XCat.Hosts;
using Provisioning.Engines.XCat.Images;
using Provisioning.Engines.XCat.Parsing;
using Provisioning.Ssh.Jobs;

namespace Provisioning.Engines.XCat.Operations;

/// <summary>
/// The disk of a machine that is off, captured by a system that it boots from the network. That system says by a marker file that it is done; that files have grown and
/// the node is set to its disk again proves nothing.
/// </summary>
internal sealed class PartitionCapture(ManagementNode host, NodeSteps nodes, PowerSteps power, DeploymentSteps deployments)
{
    /// <summary>The step that it begins with.</summary>
    public const string First = "TakeTurn";

    // A system that writes partitions ends some way before the last byte.
    private const long FullBytes = 16L * 1024 * 1024;
    private const long LeastBytes = 256L * 1024 * 1024;

    private const string Watch = nameof(Watch);
    private const string MakeRoom = nameof(MakeRoom);
    private const string SetCapture = nameof(SetCapture);
    private const string BootFromNetwork = nameof(BootFromNetwork);
    private const string Restart = nameof(Restart);
    private const string CaptureDisk = nameof(CaptureDisk);
    private const string Settle = nameof(Settle);
    private const string PowerOff = nameof(PowerOff);

    public async Task<OperationOutcome> ContinueAsync(OperationContext operation, string step, string name, string next, CancellationToken cancellationToken) => step switch
    {
        First => await deployments.TakeTurnAsync(operation, First, cancellationToken) ?? OperationOutcome.Running(Watch, "it is this machine's turn"),
        Watch => await deployments.WatchAsync(operation, Watch, cancellationToken) ?? OperationOutcome.Running(MakeRoom, "making room for the image"),
        MakeRoom => await MakeRoomAsync(operation, name, cancellationToken),
        SetCapture => await SetCaptureAsync(operation, name, cancellationToken),
        BootFromNetwork => await deployments.BootFromNetworkAsync(operation, BootFromNetwork, cancellationToken) ?? OperationOutcome.Running(Restart, "starting the machine from the network"),
        Restart => await deployments.RestartAsync(operation, Restart, cancellationToken) ?? OperationOutcome.Running(CaptureDisk, "the machine starts; waiting for the capture", TimeSpan.FromSeconds(2)),
        CaptureDisk => await CaptureDiskAsync(operation, name, cancellationToken),
        Settle => await deployments.SettleAsync(operation, Settle, null, fromDisk: true, cancellationToken) ?? OperationOutcome.Running(PowerOff, "the disk is captured; powering the machine off"),
        _ => await power.CutAsync(operation, PowerOff, cancellationToken) ?? OperationOutcome.Running(next, "the machine is off; checking the image and computing its digest"),
    };

    private async Task<OperationOutcome> MakeRoomAsync(OperationContext operation, string name, CancellationToken cancellationToken)
    {
        var job = new DetachedJob(MakeRoom, CaptureScripts.BeginPartitions, operation.Node.MachineName, host.Spec.ImageDirectory, name) { RunAgainWhenLost = true };
        var (report, pending) = await nodes.RunAsync(operation, MakeRoom, "Making room for the image", job, cancellationToken);
        if (report is { State: JobState.Exited, ExitCode: ImageScripts.NameTaken })
        {
            return OperationOutcome.Failed(Reasons.ImageNameTaken,
                $"{host.Spec.ImageDirectory} on the management node has files of the name {name} already, or xCAT a template of it. Remove them, or capture under another name or revision.", FailureKind.NeedsPerson);
        }

        return pending ?? OperationOutcome.Running(SetCapture, "setting the node to be captured");
    }

    private async Task<OperationOutcome> SetCaptureAsync(OperationContext operation, string name, CancellationToken cancellationToken)
    {
        var (pending, target) = await deployments.SetAsync(operation, SetCapture, record: null, "capture", name, cancellationToken);
        if (pending is not null)
            return pending;
        return target == BootTarget.Capture
            ? OperationOutcome.Running(BootFromNetwork, "the node is set to be captured") with { Record = true }
            : OperationOutcome.Failed(Reasons.UnexpectedAnswer, $"The node was told to be captured, and xCAT reads back {target}: it would be overwritten. It is not started. Look at 'nodeset {operation.Node.MachineName} stat' on the management node, and why it does not keep what it is told.", FailureKind.NeedsPerson);
    }

    private async Task<OperationOutcome> CaptureDiskAsync(OperationContext operation, string name, CancellationToken cancellationToken)
    {
        var (reading, stage, refusal) = await deployments.LookAsync(operation, CaptureDisk, cancellationToken);
        if (refusal is not null)
            return refusal;
        var result = await host.ReadAsync(CaptureScripts.LookAtPartitions, [host.Spec.XCatRoot, host.Spec.ImageDirectory, name], cancellationToken);
        if (PartitionsLook.Parse(result) is not { } look)
            return OperationOutcome.Running(CaptureDisk, $"the files of the capture cannot be read: {Excerpts.Of(result.Error + result.Output)}", TimeSpan.FromSeconds(10));
        if (reading.Seen.Contains(DeploymentProgress.ExpiredMark))
            return OperationOutcome.Failed(Reasons.OutcomeUnknown, "No operator looked after the capture for so long that the management node set the machine to boot from its disk. Nothing is published.");
        return look.State switch
        {
            PartitionsState.Done => OperationOutcome.Running(Settle, "the capture says that it is done"),
            PartitionsState.Failed when look.FreeBytes < FullBytes => DiskSpace.Full(
                "The capture failed, most likely for want of space, and nothing is published: it", LeastBytes, look.FreeBytes, host.Spec.ImageDirectory, host.Endpoint.Address),
            PartitionsState.Failed => OperationOutcome.Failed(Reasons.CommandFailed, $"The system that captures the disk says that it failed ({name}.img.capturefailed). Look at its console ('rcons {operation.Node.MachineName}'). Nothing is published."),
            _ => DeploymentSteps.Waiting(operation, CaptureDisk, $"{look.SizeBytes} bytes, {stage}", "the disk is being captured"),
        };
    }
}

using Provisioning.Api;
using Provisioning.Api.Images;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Guests;
using Provisioning.Engines.Targets;
using Provisioning.Engines.XCat.Hosts;
using Provisioning.Engines.XCat.Images;
using Provisioning.Engines.XCat.Machines;
using Provisioning.Engines.XCat.Parsing;

namespace Provisioning.Engines.XCat.Operations;

/// <summary>load: the node is set to the image, started over from the network, and must be seen to be installed; then the new system must prove that it is the one that answers.</summary>
internal sealed class LoadSteps(ManagementNode host, ImageLibrary images, NodeSteps nodes, DeploymentSteps deployments, GuestAccess guests, GuestSteps waits, PostLoadSteps postLoad)
{
    private const string VerifyImage = nameof(VerifyImage);
    private const string TakeTurn = nameof(TakeTurn);
    private const string Watch = nameof(Watch);
    private const string SetDeployment = nameof(SetDeployment);
    private const string BootFromNetwork = nameof(BootFromNetwork);
    private const string Restart = nameof(Restart);
    private const string Deploy = nameof(Deploy);
    private const string WaitForBoot = nameof(WaitForBoot);
    private const string Settle = nameof(Settle);

    public async Task<OperationOutcome> ContinueAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        var outcome = operation.Image is { } image
            ? await StepAsync(operation, image, cancellationToken)
            : OperationOutcome.Failed(Reasons.ImageNotFound, "The Image to load does not exist.");
        if (outcome.Phase != OperationPhase.Failed)
            return outcome;
        outcome = await deployments.RestoredAsync(operation, outcome, cancellationToken);
        var reading = await host.FreshAsync(operation.Node.MachineName, cancellationToken);
        return outcome with { MachineUntouched = NodeSteps.IsUntouched(operation, reading) };
    }

    private async Task<OperationOutcome> StepAsync(OperationContext operation, ImageTarget image, CancellationToken cancellationToken) => (operation.Operation.Step ?? VerifyImage) switch
    {
        VerifyImage => await VerifyImageAsync(operation, image, cancellationToken),
        TakeTurn => await deployments.TakeTurnAsync(operation, TakeTurn, cancellationToken) ?? OperationOutcome.Running(Watch, "it is this machine's turn"),
        Watch => await deployments.WatchAsync(operation, Watch, cancellationToken) ?? OperationOutcome.Running(SetDeployment, "setting the node to the image"),
        SetDeployment => await SetDeploymentAsync(operation, image, cancellationToken),
        BootFromNetwork => await deployments.BootFromNetworkAsync(operation, BootFromNetwork, cancellationToken) ?? OperationOutcome.Running(Restart, "starting the machine over"),
        Restart => await deployments.RestartAsync(operation, Restart, cancellationToken) ?? OperationOutcome.Running(Deploy, "the machine starts; waiting for its installation", TimeSpan.FromSeconds(2)),
        Deploy => await DeployAsync(operation, cancellationToken),
        WaitForBoot => await WaitForBootAsync(operation, cancellationToken),
        Settle => await SettleAsync(operation, image, cancellationToken),
        _ => await nodes.EnterAsync(operation, operation.Operation.Step!, cancellationToken) ?? await postLoad.DuringLoadAsync(operation, cancellationToken),
    };

    private async Task<OperationOutcome> VerifyImageAsync(OperationContext operation, ImageTarget image, CancellationToken cancellationToken)
    {
        if (guests.ModuleOf(operation.Node) is not null && GuestTrust.DuringLoad(operation) is { TrustAny: false, HostKeys.Count: 0 })
        {
            return OperationOutcome.Failed(Reasons.HostKeyUnknown,
                $"The Image {image.Name} lists no sshHostKeys, so the loaded machine could not be told from an impostor. An installed machine makes keys of its own: choose " +
                "in spec.operatingSystem.hostKeyPolicy of the Node TrustAfterLoad or Pinned (with hostKeys), or list the image's keys in spec.sshHostKeys of the Image.",
                FailureKind.NeedsPerson);
        }

        var (reading, refusal) = await nodes.LookAtPowerAsync(operation, VerifyImage, cancellationToken);
        if (refusal is not null)
            return refusal;
        if (await images.VerifyForAsync(operation, nodes.MachineOf(operation), VerifyImage, image, cancellationToken) is { } pending)
            return pending;
        var bootId = reading.Running ? await waits.TryReadBootIdAsync(NodeSteps.Recall(operation, reading), cancellationToken) : null;
        return OperationOutcome.Running(TakeTurn, "the image is whole; waiting for a turn") with
        {
            Record = true,
            Values = bootId is null ? new Dictionary<string, string>() : new Dictionary<string, string> { [GuestSteps.BootIdBefore] = bootId },
        };
    }

    private async Task<OperationOutcome> SetDeploymentAsync(OperationContext operation, ImageTarget image, CancellationToken cancellationToken)
    {
        var record = NodeRecord.For(image, operation.Operation.Id, loaded: false);
        var style = image.Format == ImageFormat.OsImage ? "osimage" : "image";
        var (pending, target) = await deployments.SetAsync(operation, SetDeployment, record, style, image.FileName, cancellationToken);
        return pending ?? OperationOutcome.Running(BootFromNetwork, $"the node is set to {image.FileName}; starting it over") with
        {
            Record = true,
            Values = new Dictionary<string, string> { [DeploymentSteps.Target] = target.ToString() },
        };
    }

    private async Task<OperationOutcome> DeployAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        var (reading, stage, refusal) = await deployments.LookAsync(operation, Deploy, cancellationToken);
        if (refusal is not null)
            return refusal;
        switch (DeploymentProgress.Judge(TargetOf(operation), reading.Definition!, reading.Seen))
        {
            case DeploymentState.Done:
                return guests.ModuleOf(operation.Node) is null
                    ? OperationOutcome.Running(Settle, "the image is on the machine")
                    : OperationOutcome.Running(WaitForBoot, "the image is on the machine; waiting for it to boot", GuestSteps.ShortestBoot);
            case DeploymentState.Failed:
                return OperationOutcome.Failed(Reasons.CommandFailed,
                    $"The machine says that its installation failed ({stage}). Look at its console ('rcons {operation.Node.MachineName}' on the management node) and at the log of xCAT there.");
            case DeploymentState.Expired:
                return OperationOutcome.Failed(Reasons.OutcomeUnknown,
                    "No operator looked after the installation for so long that the management node set the machine to boot from its disk. What is on the disk is not known; it is loaded again.");
            default:
                return DeploymentSteps.Waiting(operation, Deploy, stage, reading.Running ? "the machine is being installed" : "the machine is off although it was started");
        }
    }

    private async Task<OperationOutcome> WaitForBootAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        var (_, _, refusal) = await deployments.LookAsync(operation, WaitForBoot, cancellationToken);
        if (refusal is not null)
            return refusal;
        var trust = GuestTrust.DuringLoad(operation);
        var (session, _, outcome) = await nodes.WaitForGuestAsync(operation, WaitForBoot, trust, operation.Operation.Id, newBoot: true, cancellationToken);
        if (session is null)
            return outcome!;
        await using (session)
        {
            var next = OperationOutcome.Running(Settle, "the new system answers");
            return trust.TrustAny
                ? next with { Record = true, SshHostKeys = [session.HostKey], Values = new Dictionary<string, string> { [GuestTrust.OwnKeysRecorded] = "trusted" } }
                : next;
        }
    }

    private async Task<OperationOutcome> SettleAsync(OperationContext operation, ImageTarget image, CancellationToken cancellationToken)
    {
        var record = NodeRecord.For(image, operation.Operation.Id, loaded: true);
        if (await deployments.SettleAsync(operation, Settle, record, TargetOf(operation) != BootTarget.Netboot, cancellationToken) is { } pending)
            return pending;
        return guests.ModuleOf(operation.Node) is null
            ? OperationOutcome.Succeeded($"{image.Name} revision {image.Revision} is loaded; nothing inside the machine was looked at.")
            : OperationOutcome.Running(PostLoadSteps.PostLoad, "configuring the new system");
    }

    private static BootTarget TargetOf(OperationContext operation) =>
        Enum.TryParse<BootTarget>(operation.Value(DeploymentSteps.Target), out var target) ? target : BootTarget.Unknown;
}

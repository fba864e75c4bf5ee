using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Libvirt.Guests;
using Provisioning.Engines.Operations;
using Provisioning.OperatingSystems;

namespace Provisioning.Engines.Libvirt.Operations;

/// <summary>post_load: lets the operating system module configure the machine, and passes on the host keys that it gives the machine.</summary>
internal sealed class PostLoadSteps(MachineSteps machines, GuestAccess guests)
{
    public const string PostLoad = nameof(PostLoad);

    private static readonly TimeSpan PollHooks = TimeSpan.FromSeconds(3);

    /// <summary>As the last step of a load.</summary>
    public Task<OperationOutcome> DuringLoadAsync(OperationContext operation, CancellationToken cancellationToken) =>
        ConfigureAsync(operation, GuestTrust.DuringLoad(operation), operation.Operation.Id, operation.Operation.Id, cancellationToken);

    /// <summary>On its own.</summary>
    public async Task<OperationOutcome> ContinueAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        if (guests.ModuleOf(operation.Node) is null)
            return OperationOutcome.Succeeded("There is nothing to configure: the operating system's type is None.");
        var (reading, refusal) = await machines.LookAsync(operation, PostLoad, cancellationToken);
        if (refusal is not null)
            return refusal;
        if (!reading.Running)
            return OperationOutcome.Failed(Reasons.PoweredOff, "The machine is off, so it cannot be configured.") with { MachineUntouched = true };
        return await ConfigureAsync(operation, GuestTrust.AtRest(operation.Node), MachineSteps.ScopeAtRest(operation.Node), operation.Node.LoadedImage?.OperationId ?? "", cancellationToken);
    }

    private async Task<OperationOutcome> ConfigureAsync(OperationContext operation, GuestTrust trust, string loginScope, string loadOperationId, CancellationToken cancellationToken)
    {
        if ((operation.Image ?? operation.Node.DesiredImage) is not { } image)
            return OperationOutcome.Failed(Reasons.ImageNotFound, "The Image that is on the machine is not known, so the machine cannot be told what it runs.");

        var (session, _, waiting) = await machines.WaitForGuestAsync(operation, PostLoad, trust, loginScope, newBoot: false, cancellationToken);
        if (session is null)
            return waiting!;
        await using (session)
        {
            var pinned = operation.Node.Spec.OperatingSystem.HostKeyPolicy == HostKeyPolicy.Pinned;
            var identity = new LoadIdentity
            {
                ImageName = image.Name,
                RevisionId = image.RevisionId,
                Digest = image.Digest,
                OperationId = operation.Operation.Id,
                LoadOperationId = loadOperationId,
                NodeNamespace = operation.Node.Namespace,
                NodeName = operation.Node.Name,
                Hostname = operation.Node.Name,
                Time = operation.Operation.StartedTime,
                // During a load the keys on the Node are those of the disk that is gone, until this load has recorded others.
                RecordedHostKeys = operation.Operation.Kind != OperationKind.Load || operation.Value(GuestTrust.OwnKeysRecorded) is not null ? operation.Node.SshHostKeys : [],
                KeepHostKeys = pinned,
            };
            var answer = await guests.ModuleOf(operation.Node)!.PostLoadAsync(session, identity, cancellationToken);
            return Outcome(answer, pinned, operation.Operation.Kind == OperationKind.Load ? $"{image.Name} revision {image.Revision} is loaded and configured." : "The machine is configured.");
        }
    }

    private static OperationOutcome Outcome(StepsOutcome answer, bool pinned, string success)
    {
        var keys = pinned ? null : answer.HostKeys;
        var outcome = answer switch
        {
            { FailedStep: { } step } => OperationOutcome.Failed(Reasons.StepFailed, $"Configuring the machine failed in the step {step}: {answer.Message}"),
            { Complete: true } => OperationOutcome.Succeeded(success),
            _ => OperationOutcome.Running(PostLoad, answer.Message ?? "configuring the machine", keys is null ? PollHooks : TimeSpan.Zero) with
            {
                Record = keys is not null,
                MadeProgress = keys is not null,
                Values = keys is null ? new Dictionary<string, string>() : new Dictionary<string, string> { [GuestTrust.OwnKeysRecorded] = "announced" },
            },
        };
        return outcome with { Steps = answer.Steps, SshHostKeys = keys };
    }
}

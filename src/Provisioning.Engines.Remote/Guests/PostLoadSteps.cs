using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;
using Provisioning.OperatingSystems;
using Provisioning.Ssh;

namespace Provisioning.Engines.Remote.Guests;

/// <summary>post_load: lets the operating system module configure the machine, and passes on the host keys that it gives the machine.</summary>
/// <param name="guests">Access to the machines.</param>
/// <param name="waits">Waits for them.</param>
/// <param name="memory">Where host keys are remembered beside the Node; null for nowhere.</param>
/// <param name="keepsHostName">Whether a machine keeps the host name that it has: for machines that nobody here made.</param>
/// <param name="admit">Asked in the machine before it is changed, for machines that keep their fence themselves: null if the operation may go on.</param>
public sealed class PostLoadSteps(
    GuestAccess guests,
    GuestSteps waits,
    IHostKeyMemory? memory,
    bool keepsHostName = false,
    Func<ISshSession, OperationContext, string, CancellationToken, Task<OperationOutcome?>>? admit = null)
{
    /// <summary>The step that configures.</summary>
    public const string PostLoad = nameof(PostLoad);

    private const string RememberHostKeys = nameof(RememberHostKeys);

    private static readonly TimeSpan PollHooks = TimeSpan.FromSeconds(3);

    /// <summary>As the last step of a load.</summary>
    public Task<OperationOutcome> DuringLoadAsync(OperationContext operation, CancellationToken cancellationToken) => operation.Operation.Step == RememberHostKeys
        ? RememberAsync(operation, cancellationToken)
        : ConfigureAsync(operation, GuestTrust.DuringLoad(operation), operation.Operation.Id, operation.Operation.Id, cancellationToken);

    /// <summary>On its own, on a machine that is known to be on.</summary>
    public Task<OperationOutcome> AtRestAsync(OperationContext operation, CancellationToken cancellationToken) => operation.Operation.Step == RememberHostKeys
        ? RememberAsync(operation, cancellationToken)
        : ConfigureAsync(operation, GuestTrust.AtRest(operation.Node), GuestTrust.ScopeAtRest(operation.Node), operation.Node.LoadedImage?.OperationId ?? "", cancellationToken);

    private async Task<OperationOutcome> ConfigureAsync(OperationContext operation, GuestTrust trust, string loginScope, string loadOperationId, CancellationToken cancellationToken)
    {
        if ((operation.Image ?? operation.Node.DesiredImage) is not { } image)
            return OperationOutcome.Failed(Reasons.ImageNotFound, "The Image that is on the machine is not known, so the machine cannot be told what it runs.");

        var (session, _, waiting) = await waits.WaitForGuestAsync(operation, PostLoad, trust, loginScope, newBoot: false, "", cancellationToken);
        if (session is null)
            return waiting!;
        await using (session)
        {
            if (admit is not null && await admit(session, operation, PostLoad, cancellationToken) is { } refused)
                return refused;
            var identity = new LoadIdentity
            {
                ImageName = image.Name,
                RevisionId = image.RevisionId,
                Digest = image.Digest,
                OperationId = operation.Operation.Id,
                LoadOperationId = loadOperationId,
                NodeNamespace = operation.Node.Namespace,
                NodeName = operation.Node.Name,
                Hostname = keepsHostName ? "" : operation.Node.Name,
                Time = operation.Operation.StartedTime,
                // During a load the keys on the Node are those of the disk that is gone, until this load has recorded others.
                RecordedHostKeys = operation.Operation.Kind != OperationKind.Load || operation.Value(GuestTrust.OwnKeysRecorded) is not null ? operation.Node.SshHostKeys : [],
                KeepHostKeys = operation.Node.Spec.OperatingSystem.HostKeyPolicy == HostKeyPolicy.Pinned,
                Hooks = operation.Node.Hooks,
                StepPolicies = [.. operation.Node.Spec.OperatingSystem.StepPolicies],
            };
            var answer = await guests.ModuleOf(operation.Node)!.PostLoadAsync(session, identity, cancellationToken);
            return await OutcomeAsync(operation, answer, identity, image, cancellationToken);
        }
    }

    /// <summary>
    /// The keys that a machine is about to show are noted on the host after the Node has recorded them and before they are put in place; at the end those that are
    /// left. So whoever dies when, Node or host knows the machine.
    /// </summary>
    private async Task<OperationOutcome> RememberAsync(OperationContext operation, CancellationToken cancellationToken) =>
        await RememberAsync(operation, RememberHostKeys, operation.Node.SshHostKeys, cancellationToken)
            ?? OperationOutcome.Running(PostLoad, "the machine's new SSH host keys are noted; configuring the machine");

    private Task<OperationOutcome?> RememberAsync(OperationContext operation, string step, IReadOnlyList<string> hostKeys, CancellationToken cancellationToken) =>
        memory?.RememberHostKeysAsync(operation, step, hostKeys, cancellationToken) ?? Task.FromResult<OperationOutcome?>(null);

    private async Task<OperationOutcome> OutcomeAsync(OperationContext operation, StepsOutcome answer, LoadIdentity identity, ImageTarget image, CancellationToken cancellationToken)
    {
        var keys = identity.KeepHostKeys ? null : answer.HostKeys;
        if (answer is { Complete: true, FailedStep: null })
        {
            // Also where no new ones were made: those of a disk that is gone must not stay on the Node.
            var final = identity.KeepHostKeys ? null : answer.HostKeys ?? identity.RecordedHostKeys;
            var outcome = (final is null ? null : await RememberAsync(operation, PostLoad, final, cancellationToken)) ?? OperationOutcome.Succeeded(Success(operation, image));
            return outcome with { Steps = answer.Steps, SshHostKeys = final };
        }

        // While hooks run the same keys are told with every call.
        var isNew = keys is not null && !keys.SequenceEqual(identity.RecordedHostKeys);
        var pending = answer.FailedStep is { } step
            ? OperationOutcome.Failed(Reasons.StepFailed, $"Configuring the machine failed in the step {step}: {answer.Message}")
            : OperationOutcome.Running(isNew ? RememberHostKeys : PostLoad, answer.Message ?? "configuring the machine", isNew ? TimeSpan.Zero : PollHooks) with
            {
                Record = isNew,
                MadeProgress = isNew || answer.IsAtAnotherHookThan(operation.Operation.Message),
                Values = isNew ? new Dictionary<string, string> { [GuestTrust.OwnKeysRecorded] = "announced" } : new Dictionary<string, string>(),
            };
        return pending with { Steps = answer.Steps, SshHostKeys = keys };
    }

    private static string Success(OperationContext operation, ImageTarget image) =>
        operation.Operation.Kind == OperationKind.Load ? $"{image.Name} revision {image.Revision} is loaded and configured." : "The machine is configured.";
}

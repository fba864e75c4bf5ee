using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Guests;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Engines.Targets;
using Provisioning.Engines.XCat.Hosts;
using Provisioning.Engines.XCat.Machines;
using Provisioning.Engines.XCat.Parsing;
using Provisioning.Ssh;
using Provisioning.Ssh.Jobs;

namespace Provisioning.Engines.XCat.Operations;

/// <summary>What several verbs need of a node: looks, its claim, its record.</summary>
internal sealed class NodeSteps(ManagementNode host, GuestSteps guests) : IHostKeyMemory
{
    private static readonly TimeSpan PollHost = TimeSpan.FromSeconds(10);

    public ManagedNode MachineOf(OperationContext operation) => new(host.Spec, operation.Node);

    public TimeSpan StepTime(OperationContext operation) => guests.StepTime(operation);

    /// <summary>Looks at the node. The outcome is set if nothing may be done now. With its first look an operation claims the node and passes its fence.</summary>
    public async Task<(NodeReading Reading, OperationOutcome? Refusal)> LookAsync(OperationContext operation, string step, CancellationToken cancellationToken)
    {
        var machine = MachineOf(operation);
        var reading = await host.FreshAsync(machine.Name, cancellationToken);
        if (reading.IsUndefined)
            return (reading, OperationOutcome.Failed(Reasons.MachineMissing, LookAnswer.Undefined(machine.Name), FailureKind.NeedsPerson) with { MachineUntouched = IsUntouched(operation, reading) });
        if (reading.Problem is not null)
            return (reading, OperationOutcome.Running(step, reading.Problem, PollHost));
        var owner = reading.Owner ?? await ClaimAsync(operation.Node, machine, cancellationToken);
        if (owner != machine.Owner)
            return (reading, OperationOutcome.Failed(Reasons.MachineNotOurs, Foreign(machine, owner), FailureKind.NeedsPerson) with { MachineUntouched = IsUntouched(operation, reading) });
        if (operation.Operation.Step is not null)
            return (reading, null);
        return (reading, await EnterAsync(operation, step, cancellationToken));
    }

    /// <summary>
    /// Null when the node is this operation's. What is done inside a system has no fence of its own, so the management node's is asked before: an operator that comes back
    /// late must not give a machine another identity.
    /// </summary>
    public async Task<OperationOutcome?> EnterAsync(OperationContext operation, string step, CancellationToken cancellationToken)
    {
        var report = await host.RunFencedAsync(MachineOf(operation).Scope(operation), NodeScripts.Enter, [], cancellationToken);
        return JobOutcomes.Pending(report, step, "Beginning the operation", operation);
    }

    /// <summary>A look whose power is known.</summary>
    public async Task<(NodeReading Reading, OperationOutcome? Refusal)> LookAtPowerAsync(OperationContext operation, string step, CancellationToken cancellationToken)
    {
        var (reading, refusal) = await LookAsync(operation, step, cancellationToken);
        return (reading, refusal ?? (reading.Power.Value == PowerValue.Unknown ? OperationOutcome.Running(step, reading.Power.Detail ?? "the machine's power cannot be read", PollHost) : null));
    }

    /// <summary>Who else has the node; a sentence for people.</summary>
    public static string Foreign(ManagedNode machine, string owner) =>
        $"The node {machine.Name} is claimed by {Excerpts.Of(owner)} (installation/namespace/Node), and this is {machine.Owner}. Two Nodes must not drive one machine: give " +
        $"one of them another spec.machineName. If that other Node is gone for good, delete {machine.OwnerPath} on the management node.";

    /// <summary>Whether what was on the machine before the operation is certainly still there: a load leaves it alone until its record stands.</summary>
    public static bool IsUntouched(OperationContext operation, NodeReading reading) => operation.Operation.Kind == OperationKind.Load
        ? reading.Problem is null && reading.Record?.Operation != operation.Operation.Id
        : operation.Operation.Step is null;

    /// <summary>An operation that was given up may have left the node set to be installed; before it is started that must be undone. Null when it is.</summary>
    public async Task<OperationOutcome?> ClearLeftAsync(OperationContext operation, NodeReading reading, string step, CancellationToken cancellationToken)
    {
        if (reading.Deployment is not { } left || left == operation.Operation.Id)
            return null;
        var machine = MachineOf(operation);
        var report = await host.RunFencedAsync(machine, operation, NodeScripts.Restore, [machine.Name, machine.Directory, left], cancellationToken);
        return JobOutcomes.Pending(report, step, $"Setting the node {machine.Name} to boot from its disk", operation);
    }

    /// <summary>The operation with the host keys that the management node remembers, if its Node has none. To be handed back, so that the Node records them.</summary>
    public static OperationContext Recall(OperationContext operation, NodeReading reading) =>
        operation with { Node = GuestTrust.Recall(operation.Node, HostKeysOf(reading)) };

    /// <summary>The host keys that the management node remembers of what is on the machine.</summary>
    public static IReadOnlyList<string> HostKeysOf(NodeReading reading) => reading.Loaded is { } record ? [.. record.HostKeys] : [];

    /// <inheritdoc/>
    public async Task<OperationOutcome?> RememberHostKeysAsync(OperationContext operation, string step, IReadOnlyList<string> hostKeys, CancellationToken cancellationToken)
    {
        var machine = MachineOf(operation);
        var (reading, refusal) = await LookAsync(operation, step, cancellationToken);
        if (refusal is not null)
            return refusal;
        if (reading.Loaded?.With(hostKeys) is not { } record || record.HostKeys.SequenceEqual(reading.Loaded.HostKeys))
            return null;
        var report = await host.RunFencedAsync(machine, operation, NodeScripts.RenewRecord, [machine.Name, machine.Directory, record.ToJson()], cancellationToken);
        return JobOutcomes.Pending(report, step, "Noting the machine's SSH host keys on the management node", operation);
    }

    /// <summary>What to look at when a machine does not boot.</summary>
    public static string BootAdvice(OperationContext operation) => $"Look at its console ('rcons {operation.Node.MachineName}' on the management node).";

    /// <inheritdoc cref="GuestSteps.WaitForGuestAsync"/>
    public Task<(ISshSession? Session, string? BootId, OperationOutcome? Outcome)> WaitForGuestAsync(
        OperationContext operation, string step, GuestTrust trust, string loginScope, bool newBoot, CancellationToken cancellationToken) =>
        guests.WaitForGuestAsync(operation, step, trust, loginScope, newBoot, BootAdvice(operation), cancellationToken);

    /// <summary>Runs a job on the node; null when it ended well.</summary>
    public async Task<(JobReport Report, OperationOutcome? Pending)> RunAsync(OperationContext operation, string step, string doing, DetachedJob job, CancellationToken cancellationToken)
    {
        var machine = MachineOf(operation);
        var report = await host.RunAsync(machine, operation, job, cancellationToken);
        return (report, report is { State: JobState.Exited, ExitCode: NodeScripts.NotOneNode }
            ? OperationOutcome.Failed(Reasons.MachineMissing, $"xCAT does not know {machine.Name} as one node: {JobOutcomes.LastLines(report.Log)}", FailureKind.NeedsPerson)
            : JobOutcomes.Pending(report, step, doing, operation));
    }

    private async Task<string> ClaimAsync(NodeTarget node, ManagedNode machine, CancellationToken cancellationToken)
    {
        var result = await host.ReadAsync(NodeScripts.Claim, [machine.Directory, machine.Owner, machine.FenceFile, node.Uid], cancellationToken);
        if (!result.IsSuccess)
            throw new SshFailureException(SshFailureKind.ConnectionLost, $"The node {machine.Name} cannot be claimed in the directory {machine.Directory} on {host.Endpoint}, which must be writable: {Excerpts.Of(result.Error)}");
        var owner = result.Output.TrimEnd('\n');
        if (owner == machine.Owner)
            await ClaimRelease.KeepOnlyAsync(host, node, cancellationToken);
        return owner;
    }
}

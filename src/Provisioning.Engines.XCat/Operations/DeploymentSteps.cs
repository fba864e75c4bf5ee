using System.Globalization;
using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Engines.XCat.Hosts;
using Provisioning.Engines.XCat.Machines;
using Provisioning.Engines.XCat.Parsing;
using Provisioning.Ssh.Jobs;

namespace Provisioning.Engines.XCat.Operations;

/// <summary>
/// What a load and a capture over the network share: a turn, the node set to boot from the network, one restart, and the way back. While a node is set to anything but its
/// disk, the management node has a file that says which operation did it, and a job of its own that undoes it when no operator comes back.
/// </summary>
internal sealed class DeploymentSteps(ManagementNode host, NodeSteps nodes, PowerCommands commands)
{
    /// <summary>The value that holds what the node was set to.</summary>
    public const string Target = "bootTarget";

    private const string Others = "deploymentsAhead";
    private const string Stage = "stage";

    private static readonly TimeSpan PollTurn = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PollStage = TimeSpan.FromSeconds(5);

    // Long enough for an operator that is updated, or whose cluster is restarted.
    private const int LeastAbsenceSeconds = 900;

    private const int WatchSeconds = 5;

    /// <summary>Waits for a place among the deployments of the management node; null when the node has one.</summary>
    public async Task<OperationOutcome?> TakeTurnAsync(OperationContext operation, string step, CancellationToken cancellationToken)
    {
        var machine = nodes.MachineOf(operation);
        var limit = host.Spec.ConcurrentDeployments;
        var report = await host.RunFencedAsync(machine, operation, NodeScripts.TakeTurn,
            [machine.Name, host.Spec.WorkDirectory, operation.Operation.Id, limit.ToString(CultureInfo.InvariantCulture)], cancellationToken);
        if (report is not { State: JobState.Exited, ExitCode: NodeScripts.NoTurn })
            return JobOutcomes.Pending(report, step, "Taking a place among the deployments of the management node", operation);
        var ahead = JobOutcomes.LastLines(report.Log);
        return OperationOutcome.Running(step, $"waiting for a turn: {limit} machines are deployed by the management node now ({ahead})", PollTurn) with
        {
            // As long as others come and go, waiting is no standstill.
            MadeProgress = ahead != operation.Value(Others),
            Values = new Dictionary<string, string> { [Others] = ahead.Length <= 200 ? ahead : ahead[..200] },
        };
    }

    /// <summary>Starts the watch on the management node; null when it runs.</summary>
    public async Task<OperationOutcome?> WatchAsync(OperationContext operation, string step, CancellationToken cancellationToken)
    {
        var machine = nodes.MachineOf(operation);
        var limit = Math.Max(LeastAbsenceSeconds, operation.Timeouts.NoProgressSeconds);
        var job = new DetachedJob("Watch", NodeScripts.Watch, host.Spec.XCatRoot, machine.Name, machine.Directory, operation.Operation.Id,
            WatchSeconds.ToString(CultureInfo.InvariantCulture), limit.ToString(CultureInfo.InvariantCulture)) { RunAgainWhenLost = true };
        var report = await host.RunAsync(machine.Scope(operation), job, TimeSpan.Zero, cancellationToken);
        return report.State == JobState.Running ? null : JobOutcomes.Pending(report, step, "Watching over the deployment", operation);
    }

    /// <summary>Sets the node to boot from the network. With null it is, and the values say to what.</summary>
    public async Task<(OperationOutcome? Pending, BootTarget Target)> SetAsync(
        OperationContext operation, string step, NodeRecord? record, string style, string name, CancellationToken cancellationToken)
    {
        var machine = nodes.MachineOf(operation);
        var job = new DetachedJob("SetDeployment", NodeScripts.SetDeployment, machine.Name, machine.Directory, record?.ToJson() ?? "", style, name) { RunAgainWhenLost = true };
        var (report, pending) = await nodes.RunAsync(operation, step, $"Setting the node {machine.Name} to {name}", job, cancellationToken);
        if (report is { State: JobState.Exited, ExitCode: NodeScripts.Refused })
        {
            return (OperationOutcome.Failed(Reasons.CommandFailed,
                $"xCAT does not set the node {machine.Name} to {name}: {JobOutcomes.LastLines(report.Log)} Mend that on the management node; 'nodeset {machine.Name}' there says the same."), BootTarget.Unknown);
        }

        if (pending is not null)
            return (pending, BootTarget.Unknown);
        var target = ReadBack(report.Log, out var state);
        return target != BootTarget.Unknown
            ? (null, target)
            : (OperationOutcome.Failed(Reasons.UnexpectedAnswer, $"xCAT was told to set the node {machine.Name} to {name}, and reads back '{Excerpts.Of(state)}'. Look at 'nodeset {machine.Name} stat'."), target);
    }

    /// <summary>What the node is set to, as the last line "state=..." says; unknown for all that is no deployment, and where there is no such line.</summary>
    internal static BootTarget ReadBack(string log, out string state)
    {
        state = log.Split('\n').LastOrDefault(line => line.StartsWith("state=", StringComparison.Ordinal))?["state=".Length..] ?? "";
        return BootTargets.Read(state) is var target and (BootTarget.Install or BootTarget.Netboot or BootTarget.Capture) ? target : BootTarget.Unknown;
    }

    /// <summary>Has the next boot go to the network first; null when that is done, or when the machine's controller cannot be told.</summary>
    public async Task<OperationOutcome?> BootFromNetworkAsync(OperationContext operation, string step, CancellationToken cancellationToken)
    {
        var job = new DetachedJob("BootFromNetwork", NodeScripts.BootFromNetwork, operation.Node.MachineName) { RunAgainWhenLost = true };

        // Many controllers refuse, and machines that try the network first anyway need none of it. Whether the machine did boot from there is seen afterwards.
        return (await nodes.RunAsync(operation, step, "Setting the next boot to the network", job, cancellationToken)).Pending;
    }

    /// <summary>Starts the machine, or starts it over if it is on; null when that was obeyed.</summary>
    public Task<OperationOutcome?> RestartAsync(OperationContext operation, string step, CancellationToken cancellationToken) =>
        commands.ObeyAsync(operation, step, "boot", cancellationToken);

    /// <summary>Says that an operator is there, and looks how far it is.</summary>
    public async Task<(NodeReading Reading, string Stage, OperationOutcome? Refusal)> LookAsync(OperationContext operation, string step, CancellationToken cancellationToken)
    {
        var machine = nodes.MachineOf(operation);
        await host.ReadAsync(NodeScripts.Heartbeat, [host.Spec.XCatRoot, machine.Name, machine.Directory, operation.Operation.Id], cancellationToken);
        var (reading, refusal) = await nodes.LookAtPowerAsync(operation, step, cancellationToken);
        if (refusal is not null)
            return (reading, "", refusal);
        var stat = await host.NodeStatAsync(machine.Name, cancellationToken);
        return (reading, $"{reading.Definition!.Status}, {(stat.Length > 0 ? stat : "no answer")}, set to {reading.Definition.CurrentState}", null);
    }

    /// <summary>Under way; progress only if the stage moved.</summary>
    public static OperationOutcome Waiting(OperationContext operation, string step, string stage, string doing)
    {
        var bounded = stage.Length <= 200 ? stage : stage[..200];
        return OperationOutcome.Running(step, $"{doing}: {bounded}", PollStage) with
        {
            MadeProgress = bounded != operation.Value(Stage),
            Values = new Dictionary<string, string> { [Stage] = bounded },
        };
    }

    /// <summary>Ends a deployment that came to its end; null when that is done.</summary>
    public async Task<OperationOutcome?> SettleAsync(OperationContext operation, string step, NodeRecord? record, bool fromDisk, CancellationToken cancellationToken)
    {
        var machine = nodes.MachineOf(operation);
        var job = new DetachedJob("Settle", NodeScripts.Settle, machine.Name, machine.Directory, operation.Operation.Id, record?.ToJson() ?? "", fromDisk ? "disk" : "network") { RunAgainWhenLost = true };
        return (await nodes.RunAsync(operation, step, $"Setting the node {machine.Name} to boot from its disk", job, cancellationToken)).Pending;
    }

    /// <summary>
    /// After a failure: the node must not be installed at its next boot. It is set back at once, and again when the operation is abandoned, in case that fails here.
    /// </summary>
    public async Task<OperationOutcome> RestoredAsync(OperationContext operation, OperationOutcome outcome, CancellationToken cancellationToken)
    {
        if (outcome.Phase != OperationPhase.Failed || outcome.Reason is Reasons.Fenced or Reasons.MachineNotOurs)
            return outcome;
        var machine = nodes.MachineOf(operation);
        var report = await host.RunFencedAsync(machine, operation, NodeScripts.Restore, [machine.Name, machine.Directory, operation.Operation.Id], cancellationToken);
        return report.Succeeded || report.State == JobState.Fenced
            ? outcome
            : outcome with { Message = $"{outcome.Message} The node {machine.Name} is still set to boot from the network; that is undone next: {JobOutcomes.LastLines(report.Log + report.Detail)}" };
    }
}

using Provisioning.Api;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Engines.XCat.Hosts;
using Provisioning.Ssh.Jobs;

namespace Provisioning.Engines.XCat.Operations;

/// <summary>
/// unload: the machine is off, boots from its disk and from nothing else, no table and no record names an image for it, and nobody has it. xCAT has no command that empties a
/// disk: one that was installed keeps what is on its disk; one that ran from memory has nothing left.
/// </summary>
internal sealed class UnloadSteps(ManagementNode host, NodeSteps nodes, PowerSteps power)
{
    private const string HardPowerOff = nameof(HardPowerOff);
    private const string Release = nameof(Release);

    private static readonly TimeSpan PollHost = TimeSpan.FromSeconds(10);

    public async Task<OperationOutcome> ContinueAsync(OperationContext operation, CancellationToken cancellationToken) => (operation.Operation.Step ?? HardPowerOff) == HardPowerOff
        ? await power.CutAsync(operation, HardPowerOff, cancellationToken) ?? OperationOutcome.Running(Release, "the machine is off; letting it go")
        : await ReleaseAsync(operation, cancellationToken);

    /// <summary>It does not claim the node again, as other looks do: it may have been let go already.</summary>
    private async Task<OperationOutcome> ReleaseAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        var machine = nodes.MachineOf(operation);
        var reading = await host.FreshAsync(machine.Name, cancellationToken);
        if (reading.IsUndefined)
            return OperationOutcome.Failed(Reasons.MachineMissing, LookAnswer.Undefined(machine.Name), FailureKind.NeedsPerson);
        if (reading.Owner is { } other && other != machine.Owner)
            return OperationOutcome.Failed(Reasons.MachineNotOurs, NodeSteps.Foreign(machine, other), FailureKind.NeedsPerson);
        if (reading.Problem is not null)
            return OperationOutcome.Running(Release, reading.Problem, PollHost);
        if (reading.Running && reading.Owner is not null)
            return OperationOutcome.Running(HardPowerOff, "somebody switched the machine on; cutting its power");

        string[] arguments = [machine.Name, machine.Directory, machine.Owner, reading.Record?.FileName ?? ""];
        var report = await host.RunFencedAsync(machine, operation, NodeScripts.Release, arguments, cancellationToken);
        return report is { State: JobState.Exited, ExitCode: NodeScripts.NotOurs }
            ? OperationOutcome.Failed(Reasons.MachineNotOurs, NodeSteps.Foreign(machine, JobOutcomes.LastLines(report.Log)), FailureKind.NeedsPerson)
            : JobOutcomes.Pending(report, Release, $"Letting the node {machine.Name} go", operation)
                ?? OperationOutcome.Succeeded("The machine is off, boots from its disk, and belongs to no Node. What was installed on its disk is still there: xCAT has no command that empties one.");
    }
}

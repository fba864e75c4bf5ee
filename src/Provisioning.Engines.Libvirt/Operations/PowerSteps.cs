using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Libvirt.Domains;
using Provisioning.Engines.Libvirt.Hosts;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Guests;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Ssh.Jobs;

namespace Provisioning.Engines.Libvirt.Operations;

/// <summary>power_on, power_off, power_reset, each confirmed by reading the power state.</summary>
internal sealed class PowerSteps(VmHost host, MachineSteps machines, ResetProof proof)
{
    private const string Look = nameof(Look);
    private const string Define = nameof(Define);
    private const string Start = nameof(Start);
    private const string SoftPowerOff = nameof(SoftPowerOff);
    private const string HardPowerOff = nameof(HardPowerOff);
    private const string Reset = nameof(Reset);
    private const string WaitForBoot = nameof(WaitForBoot);

    private static readonly TimeSpan Confirm = TimeSpan.FromSeconds(2);

    // A start that was asked for takes seconds; a machine that is off after this was on for a moment at most.
    private static readonly TimeSpan StaysOn = TimeSpan.FromMinutes(1);

    public async Task<OperationOutcome> OnAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        var machine = machines.MachineOf(operation);
        var step = operation.Operation.Step ?? Look;
        var (reading, refusal) = await machines.LookAsync(operation, step, cancellationToken);
        if (refusal is not null)
            return refusal;
        if (reading.Running)
            return OperationOutcome.Succeeded(DomainState.DescribeOn(reading.State!, machine.DomainName));
        if (reading.Record is not { } record || reading.CurrentDisk is null)
        {
            return OperationOutcome.Failed(Reasons.MachineMissing, "The machine has no disk, so there is nothing to power on. Give the Node an " +
                "imageRef.", FailureKind.NeedsPerson);
        }

        if (!MachineSteps.IsDefinedAsDeclared(machine, reading) && step != Start)
        {
            return await machines.DefineAsync(operation, Define, record, makeCurrent: false, cancellationToken)
                ?? OperationOutcome.Running(Start, "the machine is defined as its Node declares; starting it");
        }

        if (step == Start && machines.StepTime(operation) > StaysOn)
        {
            return OperationOutcome.Failed(Reasons.CommandFailed, $"The machine was started and went off again. Look at {machine.ConsolePath} on the VM host.");
        }

        return await machines.StartAsync(operation, Start, cancellationToken)
            ?? OperationOutcome.Running(Start, "started the machine; reading its power state", Confirm);
    }

    public async Task<OperationOutcome> OffAsync(OperationContext operation, PowerOffMode mode, CancellationToken cancellationToken)
    {
        var softly = mode == PowerOffMode.SoftThenHard && operation.Timeouts.SoftPowerOffSeconds > 0;
        var step = operation.Operation.Step ?? (softly ? SoftPowerOff : HardPowerOff);
        if (step == SoftPowerOff)
        {
            var waiting = await machines.SoftOffAsync(operation, SoftPowerOff, cancellationToken);
            if (waiting is null)
                return OperationOutcome.Succeeded("The machine is off.");
            return waiting.Phase == OperationPhase.Running && machines.StepTime(operation).TotalSeconds >= operation.Timeouts.SoftPowerOffSeconds
                ? OperationOutcome.Running(HardPowerOff, $"the machine did not shut down within {operation.Timeouts.SoftPowerOffSeconds} s; cutting its power")
                : waiting;
        }

        if (await machines.HardOffAsync(operation, HardPowerOff, cancellationToken) is { } pending)
            return pending;
        var (reading, refusal) = await machines.LookAsync(operation, HardPowerOff, cancellationToken);
        if (refusal is not null)
            return refusal;
        return reading.Running
            ? OperationOutcome.Running(HardPowerOff, $"cut the machine's power; it is {reading.State}", Confirm)
            : OperationOutcome.Succeeded(softly ? "The machine did not shut down by itself; its power was cut." : "The machine is off.");
    }

    public Task<OperationOutcome> ResetAsync(OperationContext operation, CancellationToken cancellationToken) => (operation.Operation.Step ?? Look) switch
    {
        Look => PrepareResetAsync(operation, cancellationToken),
        Reset => ResetOnceAsync(operation, cancellationToken),
        WaitForBoot => ProveResetAsync(operation, cancellationToken),
        // A machine that is off is reset by starting it.
        _ => OnAsync(operation, cancellationToken),
    };

    private async Task<OperationOutcome> PrepareResetAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        var (reading, refusal) = await machines.LookAsync(operation, Look, cancellationToken);
        if (refusal is not null)
            return refusal;
        if (!reading.Running)
            return OperationOutcome.Running(Define, "the machine is off, so it is started");
        return await proof.NoteBootAsync(machines.Recall(operation, reading), Reset, cancellationToken);
    }

    /// <summary>Only the job directory on the VM host decides whether the reset was sent; it is never sent again on a doubt.</summary>
    private async Task<OperationOutcome> ResetOnceAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        var machine = machines.MachineOf(operation);
        var report = await host.RunAsync(machine, operation, machines.Job(Reset, MachineScripts.Reset, machine), cancellationToken);
        if (report.State == JobState.Lost)
            return await JudgeLostResetAsync(operation, cancellationToken);
        return JobOutcomes.Pending(report, Reset, "Resetting the machine", operation) ?? OperationOutcome.Running(WaitForBoot, "the machine was reset; waiting for it to boot", GuestSteps.ShortestBoot);
    }

    private async Task<OperationOutcome> JudgeLostResetAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        var (before, now) = await proof.CompareAsync(operation, cancellationToken);
        return now is not null && now != before
            ? OperationOutcome.Succeeded(ResetProof.BootedAnew)
            : OperationOutcome.Failed(Reasons.OutcomeUnknown,
                "The reset was begun and vanished without an answer, as after a crash of the VM host. It is not repeated on a guess. Look at the " +
                "machine; change powerResetToken to reset it again.",
                FailureKind.NeedsPerson);
    }

    private async Task<OperationOutcome> ProveResetAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        var (reading, refusal) = await machines.LookAsync(operation, WaitForBoot, cancellationToken);
        if (refusal is not null)
            return refusal;
        if (!reading.Running)
            return OperationOutcome.Failed(Reasons.CommandFailed, $"The machine was reset and is {reading.State ?? "not defined"} now. Look at its " +
                "console.", FailureKind.NeedsPerson);
        return await proof.WaitAsync(operation, WaitForBoot, machines.BootAdvice(operation), cancellationToken);
    }
}

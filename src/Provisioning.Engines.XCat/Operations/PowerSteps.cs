using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Guests;
using Provisioning.Engines.XCat.Hosts;
using Provisioning.Engines.XCat.Parsing;
using Provisioning.Ssh.Jobs;

namespace Provisioning.Engines.XCat.Operations;

/// <summary>power_on, power_off, power_reset, each confirmed by reading the power.</summary>
internal sealed class PowerSteps(NodeSteps nodes, PowerCommands commands, ResetProof proof)
{
    private const string Look = nameof(Look);
    private const string PowerOn = nameof(PowerOn);
    private const string SoftPowerOff = nameof(SoftPowerOff);
    private const string HardPowerOff = nameof(HardPowerOff);
    private const string Reset = nameof(Reset);
    private const string WaitForBoot = nameof(WaitForBoot);

    private static readonly TimeSpan Confirm = TimeSpan.FromSeconds(3);

    // Controllers show a change of power within seconds.
    private static readonly TimeSpan Obeys = TimeSpan.FromMinutes(1);

    // A controller that was late with its answer may be late with the reset as well: until then the old system still answers.
    private static readonly TimeSpan LateReset = TimeSpan.FromSeconds(30);

    // A press of the power button before the system listens for it is lost, so it is repeated.
    private static readonly TimeSpan ButtonInterval = TimeSpan.FromSeconds(30);

    public async Task<OperationOutcome> OnAsync(OperationContext operation, CancellationToken cancellationToken) =>
        await SwitchOnAsync(operation, PowerOn, cancellationToken) ?? OperationOutcome.Succeeded("The machine is on.");

    /// <summary>Powers on; null when the machine is on.</summary>
    public async Task<OperationOutcome?> SwitchOnAsync(OperationContext operation, string step, CancellationToken cancellationToken)
    {
        var (reading, refusal) = await nodes.LookAtPowerAsync(operation, step, cancellationToken);
        if (refusal is not null || reading.Running)
            return refusal;
        if (await nodes.ClearLeftAsync(operation, reading, step, cancellationToken) is { } clearing)
            return clearing;
        if (operation.Operation.Step == step && nodes.StepTime(operation) > Obeys + PatienceForTries(operation, step))
            return Disobeyed(operation, "on");
        return await commands.ObeyAsync(operation, step, "on", cancellationToken)
            ?? OperationOutcome.Running(step, "the machine was powered on; reading its power", Confirm);
    }

    public async Task<OperationOutcome> OffAsync(OperationContext operation, PowerOffMode mode, CancellationToken cancellationToken)
    {
        var softly = mode == PowerOffMode.SoftThenHard && operation.Timeouts.SoftPowerOffSeconds > 0;
        if ((operation.Operation.Step ?? (softly ? SoftPowerOff : HardPowerOff)) == SoftPowerOff)
        {
            var (waiting, givenUp) = await AskToShutDownAsync(operation, SoftPowerOff, cancellationToken);
            if (givenUp is not null)
                return OperationOutcome.Running(HardPowerOff, $"{givenUp}; cutting its power");
            return waiting ?? OperationOutcome.Succeeded("The machine is off.");
        }

        return await CutAsync(operation, HardPowerOff, cancellationToken)
            ?? OperationOutcome.Succeeded(softly ? "The machine did not shut down by itself; its power was cut." : "The machine is off.");
    }

    /// <summary>Asks the machine to shut down, again and again. No outcome when it is off; why it is given up when its time is over.</summary>
    public async Task<(OperationOutcome? Waiting, string? GivenUp)> AskToShutDownAsync(OperationContext operation, string step, CancellationToken cancellationToken)
    {
        var (reading, refusal) = await nodes.LookAtPowerAsync(operation, step, cancellationToken);
        if (refusal is not null || !reading.Running)
            return (refusal, null);
        var waited = operation.Operation.Step == step ? nodes.StepTime(operation) : TimeSpan.Zero;
        if (waited.TotalSeconds >= operation.Timeouts.SoftPowerOffSeconds)
            return (null, $"the machine did not shut down within {operation.Timeouts.SoftPowerOffSeconds} s");
        var press = 1 + (int)(waited / ButtonInterval);
        var (report, pending) = await nodes.RunAsync(operation, step, "Asking the machine to shut down", new($"{step}-{press}", NodeScripts.Power, operation.Node.MachineName, "softoff", ""), cancellationToken);
        if (report.State is JobState.Fenced or JobState.Unusable || report is { State: JobState.Exited, ExitCode: NodeScripts.NotOneNode })
            return (pending, null);
        if (report.Succeeded && PowerCommands.Refusal(report.Log, operation.Node.MachineName) is { } error && XCatErrors.KindOf(error) == XCatErrorKind.Unsupported)
            return (null, $"the machine cannot be asked to shut down ({Excerpts.Of(error)})");
        return (OperationOutcome.Running(step, $"asked the machine to shut down ({press} time{(press == 1 ? "" : "s")}); it is on", Confirm), null);
    }

    /// <summary>Cuts the power; null when the machine is off.</summary>
    public async Task<OperationOutcome?> CutAsync(OperationContext operation, string step, CancellationToken cancellationToken)
    {
        var (reading, refusal) = await nodes.LookAtPowerAsync(operation, step, cancellationToken);
        if (refusal is not null || !reading.Running)
            return refusal;
        if (operation.Operation.Step == step && nodes.StepTime(operation) > Obeys + PatienceForTries(operation, step))
            return Disobeyed(operation, "off");
        return await commands.ObeyAsync(operation, step, "off", cancellationToken) ?? OperationOutcome.Running(step, "the machine's power was cut; reading it", Confirm);
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
        var (reading, refusal) = await nodes.LookAtPowerAsync(operation, Look, cancellationToken);
        if (refusal is not null)
            return refusal;
        if (await nodes.ClearLeftAsync(operation, reading, Look, cancellationToken) is { } clearing)
            return clearing;
        if (!reading.Running)
            return OperationOutcome.Running(PowerOn, "the machine is off, so it is started");
        return await proof.NoteBootAsync(NodeSteps.Recall(operation, reading), Reset, cancellationToken);
    }

    /// <summary>Only the job on the management node decides whether the reset was sent; it is never sent again on a doubt, and a timeout is one.</summary>
    private async Task<OperationOutcome> ResetOnceAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        var name = operation.Node.MachineName;
        var (report, pending) = await nodes.RunAsync(operation, Reset, "Resetting the machine", new(Reset, NodeScripts.Power, name, "reset", ""), cancellationToken);
        if (report.State == JobState.Lost)
            return await DoubtAsync(operation, "it vanished without an answer, as after a crash of the management node", cancellationToken);
        if (pending is not null)
            return pending;
        if (PowerCommands.Refusal(report.Log, name) is not { } error)
        {
            // What rpower says when it found the machine off and did nothing.
            return XCatReply.Parse(report.Log, "").Of(name).Data[^1] == "off"
                ? OperationOutcome.Running(PowerOn, "the machine went off meanwhile, so it is started")
                : OperationOutcome.Running(WaitForBoot, "the machine was reset; waiting for it to boot", GuestSteps.ShortestBoot);
        }

        return XCatErrors.KindOf(error) switch
        {
            XCatErrorKind.Timeout => await DoubtAsync(operation, $"the machine's controller did not answer ({Excerpts.Of(error)})", cancellationToken),
            XCatErrorKind.Unsupported => OperationOutcome.Failed(Reasons.CommandFailed, $"rpower {name} reset is refused: {Excerpts.Of(error)}. Look at the hardware control of the node ('lsdef {name} -i mgt'), or remove spec.powerResetToken.", FailureKind.NeedsPerson),
            _ => OperationOutcome.Failed(Reasons.CommandFailed, $"rpower {name} reset failed: {Excerpts.Of(error)}."),
        };
    }

    /// <summary>Another boot id than before tells that the reset came through; as long as that can still be seen it is waited for.</summary>
    private async Task<OperationOutcome> DoubtAsync(OperationContext operation, string why, CancellationToken cancellationToken)
    {
        var (before, now) = await proof.CompareAsync(operation, cancellationToken);
        if (now is not null && now != before)
            return OperationOutcome.Succeeded(ResetProof.BootedAnew);
        return before is not null && nodes.StepTime(operation).TotalSeconds < (now is null ? operation.Timeouts.BootSeconds : LateReset.TotalSeconds)
            ? OperationOutcome.Running(Reset, $"whether the reset took effect is not known: {why}. Waiting for the machine to answer", TimeSpan.FromSeconds(5))
            : OperationOutcome.Failed(Reasons.OutcomeUnknown,
                $"The reset was sent, and {why}. It is not repeated on a guess. Look at the machine; change powerResetToken to reset it again.", FailureKind.NeedsPerson);
    }

    private async Task<OperationOutcome> ProveResetAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        var (reading, refusal) = await nodes.LookAtPowerAsync(operation, WaitForBoot, cancellationToken);
        if (refusal is not null)
            return refusal;
        if (!reading.Running)
            return OperationOutcome.Failed(Reasons.CommandFailed, $"The machine was reset and is off now. Look at its console ('rcons {operation.Node.MachineName}').", FailureKind.NeedsPerson);
        return await proof.WaitAsync(operation, WaitForBoot, NodeSteps.BootAdvice(operation), cancellationToken);
    }

    /// <summary>Attempts that were not obeyed take their time; only after the last of them the machine itself is late.</summary>
    private static TimeSpan PatienceForTries(OperationContext operation, string step) => TimeSpan.FromMinutes(3 * (XCat.Power.PowerTries.Parse(operation.Value($"tries{step}")).Attempt - 1));

    private static OperationOutcome Disobeyed(OperationContext operation, string verb) => OperationOutcome.Failed(Reasons.CommandFailed,
        $"xCAT says that {operation.Node.MachineName} was powered {verb}, and its power reads otherwise. Look at its controller ('rpower {operation.Node.MachineName} stat').");
}

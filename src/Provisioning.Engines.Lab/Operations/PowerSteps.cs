using System.Globalization;
using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Lab.Machines;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Guests;
using Provisioning.Engines.Targets;
using Provisioning.OperatingSystems;
using Provisioning.Ssh;

namespace Provisioning.Engines.Lab.Operations;

/// <summary>power_off by the operating system, confirmed by silence; power_on by Wake-on-LAN, confirmed by an answer; power_reset as one reboot, proven by another boot id.</summary>
internal sealed class PowerSteps(GuestAccess guests, GuestSteps waits, Arrivals arrivals, LifeSigns signs, Waking waking, TimeProvider clock)
{
    private const string Look = nameof(Look);
    private const string AskToShutDown = nameof(AskToShutDown);
    private const string WaitForSilence = nameof(WaitForSilence);
    private const string WaitForBoot = nameof(WaitForBoot);
    private const string AskToReboot = nameof(AskToReboot);

    private const string SilentSince = "silentSince";

    /// <summary>A machine that reboots instead of powering off is back, or refuses connections, by then; so is one whose SSH server was only restarted.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    /// <summary>Less would never be enough, whatever softPowerOffSeconds says: there is no hard way after it.</summary>
    private static readonly TimeSpan ShortestShutDown = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(3);

    public async Task<OperationOutcome> OnAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        if (guests.ModuleOf(operation.Node) is null)
            return OperationOutcome.Failed(Reasons.InvalidSpec, MachineObserver.NoSystem, FailureKind.NeedsPerson) with { MachineUntouched = true };
        var sign = await LifeAsync(operation.Node, cancellationToken);
        if (sign == LifeSign.Answers && await AnswerAsync(operation, cancellationToken) is { } isOn)
            return isOn;
        var woken = operation.Operation.Step == WaitForBoot;
        if (sign == LifeSign.Silent && await waking.WakeAsync(operation.Node, cancellationToken) is { } impossible)
            return impossible;
        if (woken && waits.StepTime(operation).TotalSeconds > operation.Timeouts.BootSeconds)
            return OperationOutcome.Failed(Reasons.BootTimedOut, $"The machine did not answer at {Place(operation)} within {operation.Timeouts.BootSeconds} s. {OnAdvice(operation.Node, sign)}");
        return OperationOutcome.Running(WaitForBoot, sign == LifeSign.Silent
            ? $"sent the packet that wakes {operation.Node.Spec.Hardware.MacAddress} to {waking.Destination}; waiting for the machine to answer (it has {operation.Timeouts.BootSeconds} s)"
            : $"something is on at {Place(operation)}; waiting for it to answer as this machine", Poll);
    }

    public async Task<OperationOutcome> OffAsync(OperationContext operation, PowerOffMode mode, CancellationToken cancellationToken)
    {
        if (mode == PowerOffMode.Hard)
            return OperationOutcome.Failed(Reasons.NotSupported, "A Lab machine has nothing that could cut its power. Switch it off by hand.", FailureKind.NeedsPerson) with { MachineUntouched = true };
        if (guests.ModuleOf(operation.Node) is not { } module)
            return OperationOutcome.Failed(Reasons.InvalidSpec, MachineObserver.NoSystem, FailureKind.NeedsPerson) with { MachineUntouched = true };
        return operation.Operation.Step == WaitForSilence
            ? await WaitForSilenceAsync(operation, cancellationToken)
            : await ShutDownAsync(operation, module, cancellationToken);
    }

    public async Task<OperationOutcome> ResetAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        if (guests.ModuleOf(operation.Node) is not { } module)
            return OperationOutcome.Failed(Reasons.InvalidSpec, MachineObserver.NoSystem, FailureKind.NeedsPerson) with { MachineUntouched = true };
        var step = operation.Operation.Step ?? Look;
        if (step == Look && operation.Node.LastPower == PowerValue.Off && await LifeAsync(operation.Node, cancellationToken) == LifeSign.Silent)
        {
            return OperationOutcome.Failed(Reasons.PoweredOff, $"The machine was shut down, and {Place(operation)} is silent: there is no system that could be asked to reboot. Let it be on (powerState: PoweredOn), then ask for the reset again.",
                FailureKind.NeedsPerson) with { MachineUntouched = true };
        }

        var (session, bootId, waiting) = await arrivals.WaitAsync(operation, step, newBoot: step == WaitForBoot, $"Look at the machine, and at {Place(operation)}.", cancellationToken);
        if (session is null)
            return waiting!;
        await using (session)
        {
            if (step == WaitForBoot || (step == AskToReboot && bootId is not null && bootId != operation.Value(GuestSteps.BootIdBefore)))
                return OperationOutcome.Succeeded("The machine was rebooted: another boot answers.");
            if (bootId is null)
                return OperationOutcome.Failed(Reasons.UnexpectedAnswer, "The machine tells no boot id, so a reboot could not be proven and is not asked for. Look whether /proc is mounted there.") with { MachineUntouched = true };
            if (step == Look)
            {
                return OperationOutcome.Running(AskToReboot, "rebooting the machine") with { Record = true, Values = new Dictionary<string, string> { [GuestSteps.BootIdBefore] = bootId } };
            }

            if (await Fence.PassAsync(session, operation, AskToReboot, cancellationToken) is { } refused)
                return refused;
            var answer = await module.RebootAsync(session, operation.Operation.Id, cancellationToken);
            return Refused(answer, "reboot") ?? OperationOutcome.Running(WaitForBoot, "the machine was asked to reboot; waiting for another boot to answer", GuestSteps.ShortestBoot) with { Steps = answer.Steps };
        }
    }

    /// <summary>What a machine that takes connections says: null if it is not known yet whether it is this machine.</summary>
    private async Task<OperationOutcome?> AnswerAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        try
        {
            var (session, _) = await guests.LookAsync(operation.Node, GuestTrust.AtRest(operation.Node), GuestTrust.ScopeAtRest(operation.Node), cancellationToken);
            await session.DisposeAsync();
            return OperationOutcome.Succeeded(operation.Operation.Step == WaitForBoot ? "The machine was woken and answers." : "The machine is on and answers.");
        }
        catch (SshFailureException failure) when (failure.Kind == SshFailureKind.CredentialsRefused)
        {
            // It has shown its host key by then.
            return OperationOutcome.Succeeded($"The machine is on. It refuses the login: {failure.Message}");
        }
        catch (SshFailureException)
        {
            return null;
        }
    }

    private async Task<OperationOutcome> ShutDownAsync(OperationContext operation, IOperatingSystemModule module, CancellationToken cancellationToken)
    {
        // It was seen to answer before the step was recorded. A machine that was silent from the beginning was asked by nobody, and may be behind a broken cable.
        var step = operation.Operation.Step ?? Look;
        if ((step == AskToShutDown || operation.Node.LastPower == PowerValue.Off) && await LifeAsync(operation.Node, cancellationToken) == LifeSign.Silent)
            return OperationOutcome.Running(WaitForSilence, "the machine does not answer any more");
        var (session, _, waiting) = await arrivals.WaitAsync(operation, step, newBoot: false, "", cancellationToken);
        if (session is null)
            return waiting!;
        await using (session)
        {
            if (step == Look)
                return OperationOutcome.Running(AskToShutDown, "asking the machine to shut down") with { Record = true };
            if (await Fence.PassAsync(session, operation, AskToShutDown, cancellationToken) is { } refused)
                return refused;
            var answer = await module.ShutDownAsync(session, operation.Operation.Id, cancellationToken);
            return Refused(answer, "shut down") ?? OperationOutcome.Running(WaitForSilence, "the machine was asked to shut down; waiting until it is silent", Poll) with { Steps = answer.Steps };
        }
    }

    private async Task<OperationOutcome> WaitForSilenceAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        var (sign, now) = (await LifeAsync(operation.Node, cancellationToken), clock.GetUtcNow());
        if (sign == LifeSign.Silent)
        {
            if (operation.Value(SilentSince) is { Length: > 0 } text && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var since) && now - since >= Silence)
                return OperationOutcome.Succeeded($"The machine was shut down, and {Place(operation)} is silent: it is off, as far as that can be told.");
            var value = operation.Value(SilentSince) is { Length: > 0 } known ? known : now.ToString("O", CultureInfo.InvariantCulture);
            return OperationOutcome.Running(WaitForSilence, "the machine is silent; making sure that it stays so", Poll) with { Values = Since(value) };
        }

        var patience = TimeSpan.FromSeconds(Math.Max(operation.Timeouts.SoftPowerOffSeconds, ShortestShutDown.TotalSeconds));
        if (now - operation.Operation.StartedTime > patience)
        {
            return OperationOutcome.Failed(Reasons.ShutdownTimedOut,
                $"The machine was asked to shut down and {(sign == LifeSign.Answers ? "still answers" : sign == LifeSign.Refuses ? "still refuses connections, so something is on there" : "could not be asked since")} after {patience.TotalSeconds:0} s. " +
                "Nothing else can cut its power: look at the machine.", FailureKind.NeedsPerson);
        }

        // A request that was lost is made again; on a machine that is shutting down it changes nothing.
        return sign == LifeSign.Answers && waits.StepTime(operation) > TimeSpan.FromSeconds(30)
            ? OperationOutcome.Running(AskToShutDown, "the machine still answers; asking it again to shut down") with { Values = Since("") }
            : OperationOutcome.Running(WaitForSilence, sign == LifeSign.Answers ? "the machine still answers" : "the machine does not take connections any more, but is not silent yet", Poll) with { Values = Since("") };
    }

    private Task<LifeSign> LifeAsync(NodeTarget node, CancellationToken cancellationToken) =>
        signs.LookAsync(node.Spec.OperatingSystem.Address ?? "", node.Spec.OperatingSystem.Port, cancellationToken);

    private static OperationOutcome? Refused(StepsOutcome answer, string what) => answer.FailedStep is null
        ? null
        : OperationOutcome.Failed(Reasons.StepFailed, $"The machine could not be asked to {what}: {answer.Message}") with { Steps = answer.Steps };

    private static string OnAdvice(NodeTarget node, LifeSign sign) => sign == LifeSign.Silent
        ? $"Look whether Wake-on-LAN is switched on in its firmware and in its system (ethtool), whether {node.Spec.Hardware.MacAddress} is the address of the interface that is plugged in, and whether broadcasts of the operator reach its network (spec.lab.wakeOnLanAddress of the Provisioner)."
        : "Something takes or refuses connections there: look whether its SSH server runs and shows an accepted host key.";

    private static Dictionary<string, string> Since(string value) => new() { [SilentSince] = value };

    private static string Place(OperationContext operation) => $"{operation.Node.Spec.OperatingSystem.Address}:{operation.Node.Spec.OperatingSystem.Port}";
}

using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Libvirt.Domains;
using Provisioning.Engines.Libvirt.Guests;
using Provisioning.Engines.Libvirt.Hosts;
using Provisioning.Engines.Libvirt.Machines;
using Provisioning.Engines.Operations;
using Provisioning.Ssh;
using Provisioning.Ssh.Jobs;

namespace Provisioning.Engines.Libvirt.Operations;

/// <summary>Steps that several verbs share. Each answers null when it is done.</summary>
internal sealed class MachineSteps(VmHost host, GuestAccess guests, TimeProvider clock)
{
    /// <summary>The value that holds the boot id of the system that must be gone.</summary>
    public const string BootIdBefore = "bootIdBefore";

    /// <summary>How long a guest is not asked after its start. The pause also has the wait recorded: a connection that hangs until the guest is up would hold the call.</summary>
    public static readonly TimeSpan ShortestBoot = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan PollGuest = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PollPower = TimeSpan.FromSeconds(2);

    // A press of the power button before the guest listens for it is lost, so it is repeated.
    private static readonly TimeSpan ButtonInterval = TimeSpan.FromSeconds(30);

    // While a machine boots its SSH server may come before its keys and users; after this it will not mend by itself.
    private static readonly TimeSpan BootGrace = TimeSpan.FromSeconds(60);

    public Machine MachineOf(OperationContext operation) => new(host.Spec, operation.Node);

    /// <summary>Looks at the machine. The outcome is set if nothing may be done now.</summary>
    public async Task<(HostReading Reading, OperationOutcome? Refusal)> LookAsync(OperationContext operation, string step, CancellationToken cancellationToken)
    {
        var machine = MachineOf(operation);
        var reading = await host.LookAsync(machine, cancellationToken);
        if (reading.Problem is not null)
            return (reading, OperationOutcome.Running(step, reading.Problem, TimeSpan.FromSeconds(10)));
        return (reading, reading.ForeignDomain(machine) is { } foreign
            ? OperationOutcome.Failed(Reasons.MachineNotOurs, foreign, FailureKind.NeedsPerson) with { MachineUntouched = IsUntouched(operation, reading) }
            : null);
    }

    /// <summary>
    /// Whether what was on the machine before the operation is still there for certain. A load leaves it alone until its own disk is the machine's, whatever step it is
    /// resumed at; of other verbs only the beginning is harmless.
    /// </summary>
    public static bool IsUntouched(OperationContext operation, HostReading reading) => operation.Operation.Kind == OperationKind.Load
        ? reading.Problem is null && reading.Record?.Operation != operation.Operation.Id
        : operation.Operation.Step is null;

    public TimeSpan StepTime(OperationContext operation) => clock.GetUtcNow() - (operation.Operation.StepStartedTime ?? operation.Operation.StartedTime);

    public async Task<OperationOutcome?> RunAsync(OperationContext operation, string step, string doing, DetachedJob job, CancellationToken cancellationToken) =>
        JobOutcomes.Pending(await host.RunAsync(MachineOf(operation), operation, job, cancellationToken), step, doing, operation);

    /// <summary>Cuts the power, if there is any.</summary>
    public async Task<OperationOutcome?> HardOffAsync(OperationContext operation, string step, CancellationToken cancellationToken)
    {
        var machine = MachineOf(operation);
        var (reading, refusal) = await LookAsync(operation, step, cancellationToken);
        if (refusal is not null || !reading.Running)
            return refusal;
        return await RunAsync(operation, step, "Cutting the machine's power", Job("HardPowerOff", MachineScripts.Destroy, machine) with { RunAgainWhenLost = true }, cancellationToken);
    }

    /// <summary>Asks the guest to shut down, again and again; null when it is off. The caller ends it by <see cref="StepTime"/>.</summary>
    public async Task<OperationOutcome?> SoftOffAsync(OperationContext operation, string step, CancellationToken cancellationToken)
    {
        var machine = MachineOf(operation);
        var (reading, refusal) = await LookAsync(operation, step, cancellationToken);
        if (refusal is not null || !reading.Running)
            return refusal;
        // A paused machine cannot hear the button. Its time runs out, and then the hard way is taken.
        var press = 1 + (int)(Math.Max(0, StepTime(operation).TotalSeconds) / ButtonInterval.TotalSeconds);
        var report = await host.RunAsync(machine, operation, Job($"{step}-{press}", MachineScripts.Shutdown, machine), cancellationToken);
        if (report.State is JobState.Fenced or JobState.Unusable)
            return JobOutcomes.Pending(report, step, "Asking the machine to shut down", operation);
        return OperationOutcome.Running(step, $"asked the machine to shut down ({press} time{(press == 1 ? "" : "s")}); it is {reading.State}", PollPower);
    }

    /// <summary>Starts the domain, if it is not on.</summary>
    public async Task<OperationOutcome?> StartAsync(OperationContext operation, string step, CancellationToken cancellationToken)
    {
        var machine = MachineOf(operation);
        return await RunAsync(operation, step, "Starting the machine", Job("Start", MachineScripts.Start, machine) with { RunAgainWhenLost = true }, cancellationToken);
    }

    /// <summary>Defines the domain for a disk. With <paramref name="makeCurrent"/> the disk becomes the machine's.</summary>
    public async Task<OperationOutcome?> DefineAsync(OperationContext operation, string step, MachineRecord record, bool makeCurrent, CancellationToken cancellationToken)
    {
        var machine = MachineOf(operation);
        var job = new DetachedJob("Define", MachineScripts.Define, host.Spec.Uri, machine.Uuid, machine.Directory, DomainXml.Build(machine, record), makeCurrent ? record.ToJson() : "")
        {
            RunAgainWhenLost = true,
        };
        var report = await host.RunAsync(machine, operation, job, cancellationToken);
        return report is { State: JobState.Exited, ExitCode: MachineScripts.NotOff } ? StartedBySomebody() : JobOutcomes.Pending(report, step, "Defining the machine", operation);
    }

    /// <summary>The operation with the host keys that the VM host remembers, if its Node has none. To be handed back, so that the Node records them.</summary>
    public OperationContext Recall(OperationContext operation, HostReading reading) =>
        operation with { Node = GuestTrust.Recall(operation.Node, MachineObserver.ImageOf(reading, MachineOf(operation))) };

    /// <summary>
    /// Lets the VM host remember the keys that the machine shows or may show. Null when it does, or has no record of the disk in use that they could stand in.
    /// </summary>
    public async Task<OperationOutcome?> RememberHostKeysAsync(OperationContext operation, string step, IReadOnlyList<string> hostKeys, CancellationToken cancellationToken)
    {
        var machine = MachineOf(operation);
        var (reading, refusal) = await LookAsync(operation, step, cancellationToken);
        if (refusal is not null)
            return refusal;
        if (MachineObserver.ImageOf(reading, machine)?.With(hostKeys) is not { } record || record.HostKeys.SequenceEqual(reading.Record!.HostKeys))
            return null;
        var report = await host.RunFencedAsync(machine.Scope(operation), MachineScripts.RenewRecord, [machine.Directory, record.ToJson()], cancellationToken);
        return JobOutcomes.Pending(report, step, "Noting the machine's SSH host keys on the VM host", operation);
    }

    /// <summary>For steps that need the machine off and find it on again.</summary>
    public static OperationOutcome StartedBySomebody() =>
        OperationOutcome.Failed(Reasons.CommandFailed, "The machine was started by somebody else while it was being worked on. It is tried again; " +
            "look who starts it.");

    /// <summary>Whether the definition on the host is what the Node asks for now.</summary>
    public static bool IsDefinedAsDeclared(Machine machine, HostReading reading) =>
        reading is { Domain.Mark.Definition: { } definition, Record: { } record }
        && DomainDescription.Parse(DomainXml.Build(machine, record))!.Mark!.Definition == definition;

    /// <summary>
    /// Waits until the guest answers as another boot than the one recorded. Null and an open session when it does; the caller disposes of it.
    /// </summary>
    public async Task<(ISshSession? Session, string? BootId, OperationOutcome? Outcome)> WaitForGuestAsync(
        OperationContext operation, string step, GuestTrust trust, string loginScope, bool newBoot, CancellationToken cancellationToken)
    {
        var waited = StepTime(operation);
        string said, briefly;
        try
        {
            var (session, reading) = await guests.LookAsync(operation.Node, trust, loginScope, cancellationToken);
            var bootId = reading?.BootId;
            if (!newBoot || (bootId is not null && bootId != operation.Value(BootIdBefore)))
                return (session, bootId, null);
            await session.DisposeAsync();
            briefly = bootId is null ? "the system that answers tells no boot id" : "the system that answers is still the one from before";
            said = briefly + ".";
        }
        catch (SshFailureException failure)
        {
            (said, briefly) = (failure.Message, Briefly(failure.Kind));
            var mendsByItself = failure.Kind is SshFailureKind.Unreachable or SshFailureKind.TimedOut or SshFailureKind.ConnectionLost;
            if (!mendsByItself && waited > BootGrace)
                return (null, null, OperationOutcome.Failed(SshReasons.OfGuest(failure.Kind), failure.Message, FailureKind.NeedsPerson));
        }

        // Without a boot to wait for, the operation's own clocks decide: hooks in the guest may take longer than a boot.
        if (newBoot && waited.TotalSeconds > operation.Timeouts.BootSeconds)
        {
            return (null, null, OperationOutcome.Failed(Reasons.BootTimedOut,
                $"The machine was not seen to boot within {operation.Timeouts.BootSeconds} s: {said} Look at {MachineOf(operation).ConsolePath} on " +
                "the VM host."));
        }

        // A machine that boots is no fault: advice comes only when it should have answered long since. No seconds either, they would cost a write of the status each time.
        var waiting = waited.TotalSeconds > operation.Timeouts.BootSeconds ? said : $"{briefly} (it has {operation.Timeouts.BootSeconds} s)";
        return (null, null, OperationOutcome.Running(step, $"waiting for the machine to {(newBoot ? "boot" : "answer")}: {waiting}", PollGuest));
    }

    private static string Briefly(SshFailureKind kind) => kind switch
    {
        SshFailureKind.HostKeyMismatch or SshFailureKind.HostKeyUnknown => "it does not show an accepted host key yet",
        SshFailureKind.CredentialsRefused or SshFailureKind.CredentialsInvalid => "it does not accept the login yet",
        _ => "no SSH answer yet",
    };

    /// <summary>The boot id of the running system; null if it cannot be told, for whatever reason.</summary>
    public async Task<string?> TryReadBootIdAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        if (guests.ModuleOf(operation.Node) is null)
            return null;
        try
        {
            var (session, reading) = await guests.LookAsync(operation.Node, GuestTrust.AtRest(operation.Node), ScopeAtRest(operation.Node), cancellationToken);
            await session.DisposeAsync();
            return reading?.BootId;
        }
        catch (SshFailureException)
        {
            return null;
        }
    }

    public static string ScopeAtRest(Targets.NodeTarget node) => node.LoadedImage?.OperationId ?? "";

    public DetachedJob Job(string name, string script, Machine machine) => new(name, script, host.Spec.Uri, machine.Uuid);
}

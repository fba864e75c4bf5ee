using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Libvirt.Domains;
using Provisioning.Engines.Libvirt.Hosts;
using Provisioning.Engines.Libvirt.Machines;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Guests;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Ssh;
using Provisioning.Ssh.Jobs;

namespace Provisioning.Engines.Libvirt.Operations;

/// <summary>Steps that several verbs share. Each answers null when it is done.</summary>
internal sealed class MachineSteps(VmHost host, GuestSteps guests) : IHostKeyMemory
{
    private static readonly TimeSpan PollPower = TimeSpan.FromSeconds(2);

    // A press of the power button before the guest listens for it is lost, so it is repeated.
    private static readonly TimeSpan ButtonInterval = TimeSpan.FromSeconds(30);

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

    public TimeSpan StepTime(OperationContext operation) => guests.StepTime(operation);

    public async Task<OperationOutcome?> RunAsync(OperationContext operation, string step, string doing, DetachedJob job, CancellationToken cancellationToken)
    {
        var report = await host.RunAsync(MachineOf(operation), operation, job, cancellationToken);
        return Advice.AddTo(JobOutcomes.Pending(report, step, doing, operation), report.Log);
    }

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
        var report = await host.RunAsync(machine, operation, Job("Start", MachineScripts.Start, machine) with { RunAgainWhenLost = true }, cancellationToken);
        var pending = Advice.AddTo(JobOutcomes.Pending(report, step, "Starting the machine", operation), report.Log);
        if (report is not { State: JobState.Exited, ExitCode: not 0 })
            return pending;

        // A libvirt that died may have started it and told nobody. What runs is not to be loaded once more, so a failure counts only when libvirt says that the machine is off.
        var (reading, refusal) = await LookAsync(operation, step, cancellationToken);
        return refusal ?? (reading.Running ? null : pending);
    }

    /// <summary>Defines the domain for a disk. With <paramref name="makeCurrent"/> the disk becomes the machine's.</summary>
    public async Task<OperationOutcome?> DefineAsync(OperationContext operation, string step, MachineRecord record, bool makeCurrent, CancellationToken cancellationToken)
    {
        var machine = MachineOf(operation);
        if (DomainXml.Problem(machine, record) is { } unwritable)
            return OperationOutcome.Failed(Reasons.InvalidSpec, unwritable, FailureKind.NeedsPerson);
        var job = new DetachedJob("Define", MachineScripts.Define, host.Spec.Uri, machine.Uuid, machine.Directory, DomainXml.Build(machine, record), makeCurrent ? record.ToJson() : "")
        {
            RunAgainWhenLost = true,
        };
        var report = await host.RunAsync(machine, operation, job, cancellationToken);
        return report is { State: JobState.Exited, ExitCode: MachineScripts.NotOff } ? StartedBySomebody()
            : Advice.AddTo(JobOutcomes.Pending(report, step, "Defining the machine", operation), report.Log);
    }

    /// <summary>The operation with the host keys that the VM host remembers, if its Node has none. To be handed back, so that the Node records them.</summary>
    public OperationContext Recall(OperationContext operation, HostReading reading) =>
        operation with { Node = GuestTrust.Recall(operation.Node, MachineObserver.HostKeysOf(reading, MachineOf(operation))) };

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

    /// <summary>
    /// Null when the machine is this operation's. What is done inside a system has no fence of its own, so the host's is asked before: an operator that comes back late
    /// must not give a machine another identity.
    /// </summary>
    public async Task<OperationOutcome?> ClaimAsync(OperationContext operation, string step, CancellationToken cancellationToken)
    {
        var report = await host.RunFencedAsync(MachineOf(operation).Scope(operation), "true", [], cancellationToken);
        return JobOutcomes.Pending(report, step, "Claiming the machine", operation);
    }

    /// <summary>For steps that need the machine off and find it on again.</summary>
    public static OperationOutcome StartedBySomebody() =>
        OperationOutcome.Failed(Reasons.CommandFailed, "The machine was started by somebody else while it was being worked on. It is tried again; " +
            "look who starts it.");

    /// <summary>Whether the definition on the host is what the Node asks for now.</summary>
    public static bool IsDefinedAsDeclared(Machine machine, HostReading reading) =>
        reading is { Domain.Mark.Definition: { } definition, Record: { } record }
        && DomainXml.Problem(machine, record) is null
        && DomainDescription.Parse(DomainXml.Build(machine, record))!.Mark!.Definition == definition;

    /// <summary>What to look at when a machine does not boot.</summary>
    public string BootAdvice(OperationContext operation) => $"Look at {MachineOf(operation).ConsolePath} on the VM host.";

    /// <inheritdoc cref="GuestSteps.WaitForGuestAsync"/>
    public Task<(ISshSession? Session, string? BootId, OperationOutcome? Outcome)> WaitForGuestAsync(
        OperationContext operation, string step, GuestTrust trust, string loginScope, bool newBoot, CancellationToken cancellationToken) =>
        guests.WaitForGuestAsync(operation, step, trust, loginScope, newBoot, BootAdvice(operation), cancellationToken);

    public DetachedJob Job(string name, string script, Machine machine) => new(name, script, host.Spec.Uri, machine.Uuid);
}

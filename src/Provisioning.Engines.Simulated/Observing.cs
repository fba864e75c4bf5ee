using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Simulated.Machines;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Simulated;

/// <summary>What a look at a machine tells. Pure.</summary>
internal static class Observing
{
    /// <summary>What an observer finds.</summary>
    /// <param name="machine">The machine, as it is or as a stale look shows it.</param>
    /// <param name="node">The Node.</param>
    /// <param name="worldTime">The machine's time.</param>
    /// <param name="time">The observer's time.</param>
    /// <param name="reaches">What can be reached.</param>
    /// <param name="isRefused">Whether the login is refused.</param>
    public static Observation Describe(
        SimulatedMachine machine, NodeTarget node, DateTimeOffset worldTime, DateTimeOffset time, SimulatedReachability reaches, bool isRefused)
    {
        var hasSystem = node.Spec.OperatingSystem.Type != OperatingSystemType.None;
        if (reaches == SimulatedReachability.Unreachable)
            return Observation.Nothing(time, Reasons.HostUnreachable, "The simulated endpoint of the machine does not answer.");
        if (isRefused && !hasSystem)
            return Observation.Nothing(time, Reasons.CredentialsRefused, RefusedByEndpoint) with { CredentialsAccepted = Fact.Not(Reasons.CredentialsRefused, RefusedByEndpoint) };

        var exists = machine.Exists && (machine.Disk is not null || node.Spec.ImageRef is null);
        var seen = new Observation
        {
            Time = time,
            Exists = exists ? Fact.Yes : Fact.Not(Reasons.MachineMissing, machine.Exists ? "The disk of the machine is empty." : "The machine does not exist."),
            Power = machine.IsOn ? PowerReading.On : PowerReading.Off,
            EngineState = !machine.Exists ? "missing" : machine.Disk is { HalfDone: true } ? "incomplete" : machine.IsOn ? "running" : "off",
            EngineImage = machine.Disk is { HalfDone: false, Digest.Length: > 0 } disk ? disk.Digest : null,
        };
        return hasSystem ? WithSystem(seen, machine, worldTime, reaches, isRefused) : WithoutSystem(seen, machine);
    }

    private const string RefusedByEndpoint = "The simulated endpoint of the machine refused the login.";

    private static Observation WithoutSystem(Observation seen, SimulatedMachine machine) => seen with
    {
        CurrentImage = machine.Disk is null ? CurrentImageReading.None(Reasons.CurrentImageMissing, "The machine has no disk with an image.") : seen.CurrentImage,
        Configured = machine.Disk is { HalfDone: false } ? Fact.Yes : Fact.Not(machine.Disk is null ? Reasons.MachineMissing : Reasons.LoadIncomplete),
        BootId = machine.BootId,
        CredentialsAccepted = Fact.Yes,
    };

    private static Observation WithSystem(Observation seen, SimulatedMachine machine, DateTimeOffset worldTime, SimulatedReachability reaches, bool isRefused)
    {
        if (machine.Disk is null)
            return Unanswered(seen, Reasons.MachineMissing, "The machine has no disk.") with { CurrentImage = CurrentImageReading.None(Reasons.CurrentImageMissing, "The machine has no disk with an image.") };
        if (!machine.IsOn)
            return Unanswered(seen, Reasons.PoweredOff, "The machine is off.");
        if (machine.Disk.HalfDone)
            return Unanswered(seen, Reasons.SshUnreachable, "The disk holds only a part of an image, so the machine does not boot.");
        if (worldTime < machine.BootedTime)
            return Unanswered(seen, Reasons.SshUnreachable, "The machine is booting.");
        if (reaches == SimulatedReachability.SystemUnreachable)
            return Unanswered(seen, Reasons.SshUnreachable, "The machine's SSH server does not answer.");
        if (isRefused)
            return Unanswered(seen, Reasons.CredentialsRefused, "The machine refused the login.") with { Ping = Fact.Yes, CredentialsAccepted = Fact.Not(Reasons.CredentialsRefused, "The machine refused the login. Correct the Secret that holds it.") };

        return WithFile(seen with { Ping = Fact.Yes, Ssh = Fact.Yes, CredentialsAccepted = Fact.Yes, BootId = machine.BootId }, machine.CurrentImage);
    }

    private static Observation WithFile(Observation seen, SimulatedCurrentImage? file) => file switch
    {
        null => seen with
        {
            CurrentImage = CurrentImageReading.None(Reasons.CurrentImageMissing, "The machine has no currentimage.txt."),
            Configured = Fact.Unknown(Reasons.CurrentImageMissing),
            Tainted = Fact.Unknown(Reasons.CurrentImageMissing),
        },
        { Corrupt: true } => seen with
        {
            CurrentImage = CurrentImageReading.Unknown(Reasons.CurrentImageUnreadable, "currentimage.txt is garbled."),
            Configured = Fact.Unknown(Reasons.CurrentImageUnreadable),
            Tainted = Fact.Unknown(Reasons.CurrentImageUnreadable),
        },
        _ => seen with
        {
            CurrentImage = CurrentImageReading.Image(file.Name, file.RevisionId, file.OperationId),
            Configured = file.Configured ? Fact.Yes : Fact.Not(Reasons.NotConfigured),
            Tainted = file.Tainted ? Fact.Yes : Fact.No,
        },
    };

    private static Observation Unanswered(Observation seen, string reason, string detail)
    {
        var unknown = Fact.Unknown(reason, detail);
        return seen with { Ping = unknown, Ssh = unknown, CurrentImage = CurrentImageReading.Unknown(reason, detail), Configured = unknown, Tainted = unknown };
    }
}

using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Engines.Libvirt.Domains;
using Provisioning.Engines.Libvirt.Hosts;
using Provisioning.Engines.Libvirt.Machines;
using Provisioning.Engines.Remote.Guests;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Engines.Targets;
using Provisioning.Ssh;

namespace Provisioning.Engines.Libvirt;

/// <summary>node_status: one look at the VM host, then one into the machine if it is on.</summary>
internal sealed class MachineObserver(VmHost host, GuestAccess guests, TimeProvider clock)
{
    private readonly GuestObserver _inside = new(guests, clock);

    public async Task<Observation> ObserveAsync(NodeTarget node, CancellationToken cancellationToken)
    {
        var machine = new Machine(host.Spec, node);
        HostReading reading;
        try
        {
            reading = await host.LookAsync(machine, cancellationToken);
        }
        catch (SshFailureException failure)
        {
            var reason = SshReasons.OfHost(failure.Kind);
            return Observation.Nothing(clock.GetUtcNow(), reason, failure.Message) with
            {
                CredentialsAccepted = reason is Reasons.CredentialsRefused or Reasons.SecretInvalid ? Fact.Not(reason, failure.Message) : Fact.Unknown(reason, failure.Message),
            };
        }

        if (reading.Problem is not null)
            return Observation.Nothing(clock.GetUtcNow(), Reasons.UnexpectedAnswer, reading.Problem) with { EngineState = reading.State };
        if (reading.ForeignDomain(machine) is { } foreign)
            return Observation.Nothing(clock.GetUtcNow(), Reasons.MachineNotOurs, foreign) with { EngineState = reading.State };

        var seen = FromHost(reading, machine) with { Time = clock.GetUtcNow() };
        if (!reading.Running)
            return seen;
        return guests.ModuleOf(node) is not null
            ? await _inside.LookInsideAsync(seen, GuestTrust.Recall(node, HostKeysOf(reading, machine)), cancellationToken)
            : seen with { Configured = Fact.Yes, Tainted = Fact.No, CredentialsAccepted = Fact.Yes };
    }

    /// <summary>The current image by the machine's own word, or by the host's record where nothing inside can be asked.</summary>
    public async Task<CurrentImageReading> GetCurrentImageAsync(NodeTarget node, CancellationToken cancellationToken)
    {
        if (guests.ModuleOf(node) is not null)
            return (await ObserveAsync(node, cancellationToken)).CurrentImage;
        try
        {
            var machine = new Machine(host.Spec, node);
            var reading = await host.LookAsync(machine, cancellationToken);
            if (reading.Problem is { } problem)
                return CurrentImageReading.Unknown(Reasons.UnexpectedAnswer, problem);
            if (reading.ForeignDomain(machine) is { } foreign)
                return CurrentImageReading.Unknown(Reasons.MachineNotOurs, foreign);
            if (reading.Domain is null && reading.CurrentDisk is null)
                return CurrentImageReading.None(Reasons.MachineMissing);
            return ImageOf(reading, machine) is { } record
                ? CurrentImageReading.Image(record.ImageName, record.RevisionId, record.Operation)
                : CurrentImageReading.Unknown(Reasons.UnexpectedAnswer, "The machine's disk is not the one that the host's record names.");
        }
        catch (SshFailureException failure)
        {
            return CurrentImageReading.Unknown(SshReasons.OfHost(failure.Kind), failure.Message);
        }
    }

    /// <summary>The record, if the disk that the domain has and the file below it are the recorded ones.</summary>
    internal static MachineRecord? ImageOf(HostReading reading, Machine machine)
    {
        if (reading.Record is not { } record || reading.CurrentDisk is not { } disk)
            return null;
        var attached = reading.Domain is null || reading.Domain.DiskPaths is [var path] && path == machine.DiskPath(record.Disk);
        return attached && disk.Info.BackingFile == machine.ImagePath(record.FileNameInLibrary) ? record : null;
    }

    /// <summary>The host keys that the VM host remembers of the machine's disk.</summary>
    internal static IReadOnlyList<string> HostKeysOf(HostReading reading, Machine machine) => ImageOf(reading, machine) is { } record ? [.. record.HostKeys] : [];

    private static Observation FromHost(HostReading reading, Machine machine)
    {
        var state = reading.State ?? (reading.CurrentDisk is null ? "undefined" : "undefined, with disk");
        var observation = new Observation { Time = default, EngineState = state, CredentialsAccepted = Fact.Yes, EngineImage = ImageOf(reading, machine)?.Digest };
        if (reading.Domain is null && reading.CurrentDisk is null)
        {
            return Off(observation, Reasons.MachineMissing, "The machine has neither a definition nor a disk.") with
            {
                Exists = Fact.Not(Reasons.MachineMissing),
                CurrentImage = CurrentImageReading.None(Reasons.MachineMissing),
            };
        }

        return reading.Running
            ? observation with { Exists = Fact.Yes, Power = new(DomainState.PowerOf(reading.State!)) }
            : Off(observation, Reasons.PoweredOff, "The machine is off.") with { Exists = Fact.Yes };
    }

    private static Observation Off(Observation observation, string reason, string detail) => observation with
    {
        Power = PowerReading.Off,
        Ping = Fact.Not(reason, detail),
        Ssh = Fact.Not(reason, detail),
        CurrentImage = CurrentImageReading.Unknown(reason, detail),
        Configured = Fact.Unknown(reason, detail),
        Tainted = Fact.Unknown(reason, detail),
    };
}

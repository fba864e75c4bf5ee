using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Engines.Remote.Guests;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Engines.Targets;
using Provisioning.Engines.XCat.Hosts;
using Provisioning.Engines.XCat.Machines;
using Provisioning.Engines.XCat.Operations;
using Provisioning.Ssh;

namespace Provisioning.Engines.XCat;

/// <summary>node_status: one shared look at the management node, then one into the machine if it is on.</summary>
internal sealed class NodeObserver(ManagementNode host, GuestAccess guests, TimeProvider clock)
{
    private readonly GuestObserver _inside = new(guests, clock);

    public async Task<Observation> ObserveAsync(NodeTarget node, CancellationToken cancellationToken)
    {
        var machine = new ManagedNode(host.Spec, node);
        NodeReading reading;
        try
        {
            reading = await host.RecentAsync(machine.Name, cancellationToken);
        }
        catch (SshFailureException failure)
        {
            var reason = SshReasons.OfHost(failure.Kind);
            return Observation.Nothing(clock.GetUtcNow(), reason, failure.Message) with
            {
                CredentialsAccepted = reason is Reasons.CredentialsRefused or Reasons.SecretInvalid ? Fact.Not(reason, failure.Message) : Fact.Unknown(reason, failure.Message),
            };
        }

        // Not "no": tables that are restored from a backup, or not yet filled, must not lead to a machine being installed anew.
        if (reading.IsUndefined)
            return Observation.Nothing(clock.GetUtcNow(), Reasons.MachineMissing, LookAnswer.Undefined(machine.Name)) with { CredentialsAccepted = Fact.Yes, EngineState = "undefined" };
        if (reading.Problem is not null)
            return Observation.Nothing(clock.GetUtcNow(), Reasons.UnexpectedAnswer, reading.Problem) with { Power = reading.Power };
        if (reading.Owner is { } owner && owner != machine.Owner)
            return Observation.Nothing(clock.GetUtcNow(), Reasons.MachineNotOurs, NodeSteps.Foreign(machine, owner)) with { EngineState = StateOf(reading) };

        var seen = FromHost(reading) with { Time = clock.GetUtcNow() };
        if (reading.Power.Value == PowerValue.Off)
            return seen;
        return guests.ModuleOf(node) is not null
            ? await _inside.LookInsideAsync(seen, GuestTrust.Recall(node, NodeSteps.HostKeysOf(reading)), cancellationToken)
            : seen with { Configured = Fact.Yes, Tainted = Fact.No, CredentialsAccepted = Fact.Yes };
    }

    /// <summary>The current image by the machine's own word, or by the management node's record where nothing inside can be asked.</summary>
    public async Task<CurrentImageReading> GetCurrentImageAsync(NodeTarget node, CancellationToken cancellationToken)
    {
        if (guests.ModuleOf(node) is not null)
            return (await ObserveAsync(node, cancellationToken)).CurrentImage;
        try
        {
            var machine = new ManagedNode(host.Spec, node);
            var reading = await host.RecentAsync(machine.Name, cancellationToken);
            if (reading.Problem is { } problem)
                return CurrentImageReading.Unknown(Reasons.UnexpectedAnswer, problem);
            if (reading.Owner is { } owner && owner != machine.Owner)
                return CurrentImageReading.Unknown(Reasons.MachineNotOurs, NodeSteps.Foreign(machine, owner));
            return reading.Loaded is { } record
                ? CurrentImageReading.Image(record.ImageName, record.RevisionId, record.Operation)
                : CurrentImageReading.Unknown(reading.IsUndefined ? Reasons.MachineMissing : Reasons.CurrentImageUnreadable, "Nothing is recorded as loaded, and there is no operating system to ask.");
        }
        catch (SshFailureException failure)
        {
            return CurrentImageReading.Unknown(SshReasons.OfHost(failure.Kind), failure.Message);
        }
    }

    private static Observation FromHost(NodeReading reading)
    {
        var observation = new Observation
        {
            Time = default,
            Exists = Fact.Yes,
            EngineState = StateOf(reading),
            EngineImage = reading.Loaded?.Digest,
            CredentialsAccepted = Fact.Yes,
            Power = reading.Power,
        };
        if (reading.Power.Value != PowerValue.Off)
            return observation;
        const string Detail = "The machine is off.";
        return observation with
        {
            Ping = Fact.Not(Reasons.PoweredOff, Detail),
            Ssh = Fact.Not(Reasons.PoweredOff, Detail),
            CurrentImage = CurrentImageReading.Unknown(Reasons.PoweredOff, Detail),
            Configured = Fact.Unknown(Reasons.PoweredOff, Detail),
            Tainted = Fact.Unknown(Reasons.PoweredOff, Detail),
        };
    }

    private static string? StateOf(NodeReading reading) => reading.Definition is { } definition
        ? $"{(definition.CurrentState.Length > 0 ? definition.CurrentState : "boot")}, {(definition.Status.Length > 0 ? definition.Status : "no status")}"
        : null;
}

using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Engines.Lab.Machines;
using Provisioning.Engines.Remote.Guests;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Lab;

/// <summary>
/// node_status of a machine that only its own system tells of. It always exists. It is on if it answers; one that does not is not "off", unless we shut it down and nothing has
/// shown life since.
/// </summary>
internal sealed class MachineObserver(GuestAccess guests, LifeSigns signs, TimeProvider clock)
{
    public const string NoSystem = "A Lab machine is known by its operating system alone: describe that in spec.operatingSystem of the Node (type, address, credentialsSecretRef, hostKeyPolicy and hostKeys).";

    private readonly GuestObserver _inside = new(guests, clock);

    public async Task<Observation> ObserveAsync(NodeTarget node, CancellationToken cancellationToken)
    {
        if (guests.ModuleOf(node) is null)
            return Observation.Nothing(clock.GetUtcNow(), Reasons.InvalidSpec, NoSystem);
        var sign = await signs.LookAsync(node.Spec.OperatingSystem.Address ?? "", node.Spec.OperatingSystem.Port, cancellationToken);
        if (sign == LifeSign.Answers)
            return await LookInsideAsync(node, cancellationToken);
        return node.LastPower == PowerValue.Off && sign != LifeSign.Refuses ? Off(node, sign) : Unknown(node, sign);
    }

    private async Task<Observation> LookInsideAsync(NodeTarget node, CancellationToken cancellationToken)
    {
        var seen = await _inside.LookInsideAsync(new() { Time = clock.GetUtcNow(), Exists = Fact.Yes }, node, cancellationToken);
        return seen.Ssh.IsYes
            ? seen with { Power = PowerReading.On, CredentialsAccepted = Fact.Yes, EngineState = "answering" }
            // Whoever shows no accepted key may be another machine at this address.
            : seen with { Power = PowerReading.Unknown(Reasons.UnexpectedAnswer, $"Something answers at {Place(node)}, but not as this machine: {seen.Ssh.Detail}"), EngineState = "not understood" };
    }

    private Observation Unknown(NodeTarget node, LifeSign sign)
    {
        var (reason, detail, state) = sign switch
        {
            LifeSign.Refuses => (Reasons.UnexpectedAnswer, $"{Place(node)} refuses connections: something is on there, but its SSH server does not run. Start it, or look whether address and port are right.", "refusing"),
            LifeSign.Silent => (Reasons.SshUnreachable, $"{Place(node)} does not answer. That does not tell whether the machine is off: look at the machine, its network, and whether address and port are right.", "silent"),
            _ => (Reasons.HostUnreachable, $"{Place(node)} could not be asked: its name has no address, or the operator has no way there. Look at spec.operatingSystem.address of the Node {node.Name} and at the network.", "not asked"),
        };
        var unknown = Fact.Unknown(Reasons.SshUnreachable, detail);
        return Observation.Nothing(clock.GetUtcNow(), Reasons.SshUnreachable, detail) with
        {
            Exists = Fact.Yes,
            Ping = sign == LifeSign.Refuses ? Fact.Yes : unknown,
            Power = PowerReading.Unknown(reason, detail),
            EngineState = state,
        };
    }

    private Observation Off(NodeTarget node, LifeSign sign)
    {
        var detail = sign == LifeSign.Silent
            ? $"The machine was shut down, and {Place(node)} has not answered since: it is off, as far as that can be told."
            : $"The machine was shut down. Whether it still is cannot be asked: {node.Spec.OperatingSystem.Address} has no address, or the operator has no way there.";
        var off = Fact.Not(Reasons.PoweredOff, detail);
        return Observation.Nothing(clock.GetUtcNow(), Reasons.PoweredOff, detail) with
        {
            Exists = Fact.Yes,
            Ping = off,
            Ssh = off,
            Power = new(PowerValue.Off, Reasons.PoweredOff, detail),
            EngineState = sign == LifeSign.Silent ? "silent" : "not asked",
            CredentialsAccepted = Fact.Unknown(Reasons.PoweredOff, detail),
        };
    }

    private static string Place(NodeTarget node) => $"{node.Spec.OperatingSystem.Address}:{node.Spec.OperatingSystem.Port}";
}

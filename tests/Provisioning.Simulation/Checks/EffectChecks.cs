using Provisioning.Api.Nodes;
using Provisioning.Engines.Simulated.Machines;
using Provisioning.Simulation.Clusters;
using Provisioning.Simulation.Worlds;

namespace Provisioning.Simulation.Checks;

/// <summary>The machines' own record of what was done to them is the oracle for "nothing twice".</summary>
internal sealed class EffectChecks(World world)
{
    private readonly HashSet<(string, string)> _done = [];
    private readonly Dictionary<string, string> _last = new(StringComparer.Ordinal);
    private readonly HashSet<(string, string)> _left = [];
    private readonly Dictionary<string, (string Node, string Token)> _resets = new(StringComparer.Ordinal);
    private readonly HashSet<(string, string)> _wereReset = [];

    /// <summary>Effects so far.</summary>
    public int Count { get; private set; }

    /// <summary>An operation is recorded that resets a machine because a token was set on a Node.</summary>
    public void ResetBegins(string operation, string nodeUid, string token) => _resets[operation] = (nodeUid, token);

    public void Check(IReadOnlyDictionary<string, string> recorded)
    {
        if (world.Room.EffectsDropped > Count)
            world.Violate("effects were forgotten before they were checked: make the log of the machine room larger");
        foreach (var effect in world.Room.EffectsAfter(Count))
        {
            Count++;
            Check(effect, recorded);
        }
    }

    private void Check(SimulatedEffect effect, IReadOnlyDictionary<string, string> recorded)
    {
        world.Trace.Add("world", $"{effect.Machine}: {effect.Verb}/{effect.Step} of {effect.OperationId}");
        var machine = $"{effect.Namespace}/{effect.Machine}";
        if (!_done.Add((effect.OperationId, effect.Step)))
            world.Violate($"{effect.Verb}/{effect.Step} of operation {effect.OperationId} happened twice on {machine}");
        if (effect.Namespace != Kinds.Namespace || recorded.GetValueOrDefault(effect.OperationId) != effect.Machine)
            world.Violate($"{effect.Verb}/{effect.Step} happened on {machine} for operation {effect.OperationId}, which was not recorded for it");
        if (_last.TryGetValue(machine, out var last) && last != effect.OperationId)
            _left.Add((machine, last));
        if (_left.Contains((machine, effect.OperationId)))
            world.Violate($"operation {effect.OperationId} went on on {machine} after {last} had begun there");
        _last[machine] = effect.OperationId;
        if (effect.Verb == OperationKind.PowerReset && _resets.TryGetValue(effect.OperationId, out var reset) && !_wereReset.Add(reset))
            world.Violate($"{machine} was reset once more by operation {effect.OperationId} for the token {reset.Token}, for which it had been reset");
    }
}

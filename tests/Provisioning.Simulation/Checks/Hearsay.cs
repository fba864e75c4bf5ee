using Provisioning.Api.Nodes;
using Provisioning.Simulation.Clusters;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Simulation.Checks;

/// <summary>
/// What each operator has been told, and since when it has had the time to act on it: nobody can heed what is on its way still, but what has been heard counts. Facts about an object are small numbers; a list
/// of the past and a late watch tell what was the case at their version.
/// </summary>
internal sealed class Hearsay
{
    private readonly Dictionary<(string Kind, string Name), List<(long Version, int Fact)>> _facts = [];
    private readonly Dictionary<(string Process, string Kind, string Name), (long Version, int Fact, TimeSpan Since)> _heard = [];

    /// <summary>The fact of an object that is gone, and of an ImageCapture that is finished.</summary>
    public const int Over = -1;

    /// <summary>The fact of a Node.</summary>
    public static int PolicyOf(ManagementPolicy policy) => (int)policy;

    /// <summary>A fact about an object since a version; who hears of it, and when, is another matter.</summary>
    public void IsSo(FakeKey key, long version, int fact)
    {
        if (!_facts.TryGetValue((key.Kind.Kind, key.Name), out var facts))
            _facts[(key.Kind.Kind, key.Name)] = facts = [];
        if (facts.Count == 0 || facts[^1].Fact != fact)
            facts.Add((version, fact));
    }

    /// <summary>A list has come, or an event of a watch (then of one object).</summary>
    public void Heard(OperatorProcess process, FakeKind kind, string? name, long version)
    {
        if (name is not null)
        {
            if (_facts.TryGetValue((kind.Kind, name), out var facts))
                Heard(process, (kind.Kind, name), facts, version);
            return;
        }

        foreach (var (key, facts) in _facts)
        {
            if (key.Kind == kind.Kind)
                Heard(process, key, facts, version);
        }
    }

    /// <summary>For how long an operator, while it was awake, has known that a fact holds; null if it does not know it.</summary>
    public TimeSpan? KnownFor(OperatorProcess process, FakeKind kind, string name, int fact) =>
        _heard.TryGetValue((process.Name, kind.Kind, name), out var heard) && heard.Fact == fact ? process.Awake - heard.Since : null;

    private void Heard(OperatorProcess process, (string Kind, string Name) key, List<(long Version, int Fact)> facts, long version)
    {
        var index = facts.FindLastIndex(fact => fact.Version <= version);
        if (index < 0)
            return;
        var known = _heard.TryGetValue((process.Name, key.Kind, key.Name), out var heard);
        if (known && version <= heard.Version)
            return;
        var fact = facts[index].Fact;
        _heard[(process.Name, key.Kind, key.Name)] = (version, fact, known && heard.Fact == fact ? heard.Since : process.Awake);
    }
}

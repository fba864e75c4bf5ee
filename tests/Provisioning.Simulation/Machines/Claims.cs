using Provisioning.Engines.Targets;

namespace Provisioning.Simulation.Machines;

/// <summary>
/// Whose a machine is, as engines keep it at their endpoint for machines that exist before their Nodes: the first operation claims it for its Node, which lets its former machine go by that; another Node is refused.
/// </summary>
internal sealed class Claims
{
    private readonly SortedDictionary<string, Claim> _claims = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Owner, int Number)> _last = new(StringComparer.Ordinal);

    /// <summary>Whose it is, for another Node than this one; null if it may have it.</summary>
    public string? Foreign(NodeTarget node) => Foreign(node.Name, node.MachineName);

    public string? Foreign(string node, string machine) => _claims.TryGetValue(machine, out var claim) && claim.Owner != node ? claim.Owner : null;

    /// <summary>Claims the machine, if nobody has.</summary>
    public void Take(NodeTarget node)
    {
        if (Foreign(node) is not null)
            return;
        if (!_claims.ContainsKey(node.MachineName))
            Drop(other => other.Owner == node.Name);
        var last = _last.GetValueOrDefault(node.MachineName);
        _last[node.MachineName] = last = last.Owner == node.Name ? last : (node.Name, last.Number + 1);
        _claims[node.MachineName] = new(node.Name, node.Uid);
    }

    /// <summary>The Node goes. One that was made anew under its name and has taken over loses nothing.</summary>
    public void Release(NodeTarget node) => Drop(claim => claim.Owner == node.Name && claim.Uid == node.Uid);

    /// <summary>The Node as the machine counts its operations: one that comes back to a machine that others had meanwhile is not its own predecessor.</summary>
    public NodeTarget AtMachine(NodeTarget node) => node with { Name = node.MachineName, Uid = $"{node.Uid}/{_last.GetValueOrDefault(node.MachineName).Number}" };

    /// <summary>What those are told who may not have it.</summary>
    public static string Refusal(string machine, string owner) => $"The machine {machine} is claimed by the Node {owner}. Give one of them another spec.machineName.";

    private void Drop(Func<Claim, bool> which)
    {
        foreach (var machine in _claims.Where(claim => which(claim.Value)).Select(claim => claim.Key).ToList())
            _claims.Remove(machine);
    }

    private sealed record Claim(string Owner, string Uid);
}

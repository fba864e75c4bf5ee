using Provisioning.Api.Nodes;

namespace Provisioning.Operator.Nodes;

/// <summary>Says to those who wait in line whose operations keep a place without going on. Pure.</summary>
internal static class HeldPlaces
{
    private const int MostNames = 3;

    /// <summary>A sentence for people; empty if nobody keeps a place so.</summary>
    public static string Describe(IReadOnlyList<Node> held)
    {
        if (held.Count == 0)
            return "";
        var names = string.Join(", ", held.Take(MostNames).Select(node => $"{node.Metadata.Name} ({(node.Spec.ManagementPolicy == ManagementPolicy.Paused ? "paused" : "only observed")})"));
        var more = held.Count > MostNames ? $" and {held.Count - MostNames} more" : "";
        return held.Count == 1
            ? $" The operation of the Node {names} is held and keeps its place: set its managementPolicy to Manage to let it go on."
            : $" The operations of the Nodes {names}{more} are held and keep their places: set their managementPolicy to Manage to let them go on.";
    }
}

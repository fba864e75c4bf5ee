namespace Provisioning.Engines.XCat.Parsing;

/// <summary>The attributes of a node in xCAT's tables that matter here.</summary>
/// <param name="CurrentState">What the node does at its next network boot ("boot", "install rhels9-x86_64-compute"): set by nodeset, changed by the node itself when it is installed.</param>
/// <param name="Status">How far the node says that it is ("installing", "booted"). It may be old.</param>
internal sealed record NodeDefinition(string CurrentState, string Status)
{
    /// <summary>The attributes that are asked for.</summary>
    public const string Attributes = "currstate,status";

    /// <summary>Reads the lines "key=value" that "lsdef -i ... -c" prints of a node. Null if there are none.</summary>
    public static NodeDefinition? Parse(NodeAnswer answer)
    {
        var pairs = answer.Data.Select(line => line.Split('=', 2)).Where(pair => pair.Length == 2).ToList();
        return pairs.Count == 0 ? null : new(Value(pairs, "currstate"), Value(pairs, "status"));
    }

    private static string Value(List<string[]> pairs, string key) => Excerpts.Of(pairs.LastOrDefault(pair => pair[0] == key)?[1] ?? "");
}

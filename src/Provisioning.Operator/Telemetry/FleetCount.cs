using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Core.Decisions;
using Provisioning.Core.Status;

namespace Provisioning.Operator.Telemetry;

/// <summary>Numbers over all Nodes and Provisioners at one moment.</summary>
internal sealed class FleetCount
{
    private static readonly string[] States = Enum.GetNames<NodeState>();
    private static readonly string[] Kinds = Enum.GetNames<OperationKind>();
    private static readonly string[] ProvisionerStates = ["Ready", "Waiting", "Stalled"];

    private FleetCount()
    {
    }

    public Dictionary<(string Engine, string State), int> Nodes { get; } = [];

    public Dictionary<(string Engine, string Reason), int> Stalled { get; } = [];

    public Dictionary<(string Engine, string Kind), int> Running { get; } = [];

    public Dictionary<string, (int Count, TimeSpan Longest)> Waiting { get; } = [];

    public Dictionary<string, TimeSpan> Silence { get; } = [];

    public Dictionary<(string Engine, string State), int> Provisioners { get; } = [];

    public IReadOnlyDictionary<string, int> Undecodable { get; private init; } = new Dictionary<string, int>();

    /// <summary>Counts. Every engine that is in use has all states and kinds, at zero too: a state that nobody is in any more must not look like one that nobody reports.</summary>
    public static FleetCount Of(IReadOnlyList<Node> nodes, IReadOnlyList<Provisioner> provisioners, IReadOnlyDictionary<string, int> undecodable, DateTimeOffset now)
    {
        var count = new FleetCount { Undecodable = undecodable };
        var engines = provisioners.ToDictionary(provisioner => (provisioner.Metadata.Namespace ?? "", provisioner.Metadata.Name), provisioner => provisioner.Spec.Type.ToString());
        foreach (var provisioner in provisioners)
            count.Add(provisioner);
        foreach (var node in nodes)
            count.Add(node, engines.GetValueOrDefault((node.Metadata.Namespace ?? "", NodeSituation.ProvisionerOf(node)), "None"), now);
        return count;
    }

    private void Add(Provisioner provisioner)
    {
        var engine = provisioner.Spec.Type.ToString();
        EnsureEngine(engine);
        foreach (var known in ProvisionerStates)
            Provisioners.TryAdd((engine, known), 0);
        var conditions = provisioner.Status?.Conditions ?? [];
        var state = NodeStates.Find(conditions, ConditionTypes.Stalled)?.Status == ConditionStatus.True ? "Stalled"
            : NodeStates.Find(conditions, ConditionTypes.Ready)?.Status == ConditionStatus.True ? "Ready" : "Waiting";
        Provisioners[(engine, state)]++;
    }

    private void Add(Node node, string engine, DateTimeOffset now)
    {
        EnsureEngine(engine);
        Nodes[(engine, NodeStates.Of(node).ToString())]++;
        if (NodeStates.StallOf(node) is { } reason)
            Stalled[(engine, reason)] = Stalled.GetValueOrDefault((engine, reason)) + 1;
        if (node.Status?.Operation is { } operation)
        {
            var key = (engine, operation.Kind.ToString());
            Running[key]++;
            Silence[engine] = Longer(Silence[engine], now - (operation.LastProgressTime ?? operation.StartedTime));
        }
        else if (node.Status?.Queue is { } queue)
        {
            var waiting = Waiting[engine];
            Waiting[engine] = (waiting.Count + 1, Longer(waiting.Longest, now - queue.SinceTime));
        }
    }

    private void EnsureEngine(string engine)
    {
        if (!Waiting.TryAdd(engine, default))
            return;
        Silence[engine] = TimeSpan.Zero;
        foreach (var state in States)
            Nodes[(engine, state)] = 0;
        foreach (var kind in Kinds)
            Running[(engine, kind)] = 0;
    }

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => other > one ? other : one;
}

using System.Diagnostics.Metrics;
using Provisioning.Kubernetes.Hosting;

namespace Provisioning.Operator.Telemetry;

/// <summary>
/// How many Nodes are in which state, counted from the caches when somebody asks. A standby tells nothing: the sum over all replicas is then the number of Nodes.
/// </summary>
internal sealed class FleetMetrics
{
    private readonly FleetCounter _counter;
    private readonly OperatorState _state;

    public FleetMetrics(IMeterFactory meters, FleetCounter counter, OperatorState state)
    {
        (_counter, _state) = (counter, state);
        var meter = meters.Create(OperatorMeter.Name);
        Observe(meter, "provisioning_nodes", null, "Nodes by engine and state.", count => count.Nodes.Select(pair => Measure(pair.Value, ("engine", pair.Key.Engine), ("state", pair.Key.State))));
        Observe(meter, "provisioning_nodes_stalled", null, "Nodes that wait for a person, by engine and reason.", count => count.Stalled.Select(pair => Measure(pair.Value, ("engine", pair.Key.Engine), ("reason", pair.Key.Reason))));
        Observe(meter, "provisioning_operations_running", null, "Operations under way, by engine and kind.", count => count.Running.Select(pair => Measure(pair.Value, ("engine", pair.Key.Engine), ("kind", pair.Key.Kind))));
        Observe(meter, "provisioning_operations_waiting", null, "Nodes that wait in the line of a Provisioner that runs as many operations as it may.", count => count.Waiting.Select(pair => Measure(pair.Value.Count, ("engine", pair.Key))));
        Observe(meter, "provisioning_longest_wait_seconds", "s", "How long the Node that has waited longest in a line has waited.", count => count.Waiting.Select(pair => Measure(pair.Value.Longest.TotalSeconds, ("engine", pair.Key))));
        Observe(meter, "provisioning_longest_silence_seconds", "s", "How long the operation under way that has made no progress for the longest time has made none.", count => count.Silence.Select(pair => Measure(pair.Value.TotalSeconds, ("engine", pair.Key))));
        Observe(meter, "provisioning_provisioners", null, "Provisioners by engine and state: Ready, Waiting while it may come back by itself, Stalled when a person must act.", count => count.Provisioners.Select(pair => Measure(pair.Value, ("engine", pair.Key.Engine), ("state", pair.Key.State))));
        Observe(meter, "provisioning_undecodable_objects", null, "Objects that this version cannot read and leaves alone, by resource.", count => count.Undecodable.Select(pair => Measure(pair.Value, ("resource", pair.Key))));
    }

    private void Observe(Meter meter, string name, string? unit, string description, Func<FleetCount, IEnumerable<Measurement<double>>> read) =>
        meter.CreateObservableGauge(name, () => _state.IsWorking ? read(_counter.Count()) : [], unit, description);

    private static Measurement<double> Measure(double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        var tags = new KeyValuePair<string, object?>[labels.Length];
        for (var i = 0; i < labels.Length; i++)
            tags[i] = new(labels[i].Name, labels[i].Value);
        return new(value, tags);
    }
}

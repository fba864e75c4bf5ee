using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;
using Provisioning.Kubernetes;
using Provisioning.Kubernetes.Caching;
using Provisioning.Kubernetes.Controllers;

namespace Provisioning.Operator.Nodes;

/// <summary>
/// The hard limit of operations per Provisioner: first come, first served. Operations that a restarted operator finds recorded count from the start; one whose record shows up later, sent by an operator that is gone,
/// waits for a place.
/// </summary>
internal sealed class OperationLimiter(IResourceCache<Node> nodes, IEntityQueue<Node> queue)
{
    private readonly Dictionary<NamespacedName, Line> _lines = [];

    // By Node, the operation that may go on, also when its place was given back: its end may not be recorded yet.
    private readonly Dictionary<NamespacedName, string> _admitted = [];

    private readonly Lock _lock = new();

    /// <summary>Takes a place for an operation, or a place in the line.</summary>
    /// <param name="provisioner">The Provisioner.</param>
    /// <param name="node">The Node.</param>
    /// <param name="limit">Operations at the same time.</param>
    /// <returns>0 if the operation may run, otherwise the place in the line.</returns>
    public int TryEnter(NamespacedName provisioner, NamespacedName node, int limit)
    {
        lock (_lock)
        {
            var line = LineOf(provisioner);
            line.Limit = limit;
            DropFromOthers(node, line);
            if (line.Running.ContainsKey(node))
                return 0;
            var place = line.Waiting.IndexOf(node);
            if (place < 0)
            {
                place = line.Waiting.Count;
                line.Waiting.Add(node);
            }

            if (line.Running.Count + place >= limit)
                return line.Running.Count + place - limit + 1;
            line.Waiting.RemoveAt(place);
            line.Running.Add(node, null);
            return 0;
        }
    }

    /// <summary>Lets an operation that is recorded go on, if it has a place or takes one now.</summary>
    /// <param name="provisioner">The Provisioner.</param>
    /// <param name="node">The Node.</param>
    /// <param name="operation">Id of the operation.</param>
    /// <param name="limit">Operations at the same time.</param>
    /// <returns>0 if it may go on, otherwise its place in the line.</returns>
    public int TryContinue(NamespacedName provisioner, NamespacedName node, string operation, int limit)
    {
        lock (_lock)
        {
            if (_admitted.GetValueOrDefault(node) == operation)
                return 0;
            var place = TryEnter(provisioner, node, limit);
            if (place == 0)
                _admitted[node] = operation;
            return place;
        }
    }

    /// <summary>The operation of a Node that has a place is going to be recorded, or has been: a look at an older Node says nothing about it.</summary>
    /// <param name="provisioner">The Provisioner.</param>
    /// <param name="node">The Node.</param>
    /// <param name="record">Since when it is recorded, as far as that is known.</param>
    public void Record(NamespacedName provisioner, NamespacedName node, RecordedVersion record)
    {
        lock (_lock)
        {
            // One that is asked for on an older Node than the known one was recorded on ends in a conflict, and must not make the known one look older than it is.
            if (LineOf(provisioner).Running.TryGetValue(node, out var known) && (known is null || ResourceVersions.Covers(record.Version, known.Version)))
                LineOf(provisioner).Running[node] = record;
        }
    }

    /// <summary>
    /// Gives back the place of a Node whose operation has ended, or that shows none. Not if what was seen is older than the record of its operation: a watch may be late, what
    /// was seen is then no operation or the one before, and one more than the limit would run.
    /// </summary>
    /// <param name="provisioner">The Provisioner.</param>
    /// <param name="node">The Node.</param>
    /// <param name="limit">Operations at the same time.</param>
    /// <param name="seen">resourceVersion of the Node that was seen.</param>
    public void LeaveIfOver(NamespacedName provisioner, NamespacedName node, int limit, string? seen)
    {
        lock (_lock)
        {
            if (LineOf(provisioner).Running.GetValueOrDefault(node) is not { } record || record.IsOver(seen))
                Leave(provisioner, node, limit);
        }
    }

    /// <summary>Whether a place is kept for an operation of which nothing but the Node at the API server can tell if it was ever recorded.</summary>
    /// <param name="provisioner">The Provisioner.</param>
    /// <param name="node">The Node.</param>
    /// <param name="seen">resourceVersion of the Node that was seen.</param>
    /// <param name="time">Since when there is no answer is judged by it.</param>
    public bool IsInDoubt(NamespacedName provisioner, NamespacedName node, string? seen, TimeProvider time)
    {
        lock (_lock)
            return LineOf(provisioner).Running.GetValueOrDefault(node) is { } record && record.IsInDoubt(seen, time);
    }

    /// <summary>Gives back the place of a Node, running or waiting, and lets the next ones try.</summary>
    public void Leave(NamespacedName provisioner, NamespacedName node, int limit)
    {
        lock (_lock)
        {
            var line = LineOf(provisioner);
            line.Limit = limit;
            DropFromOthers(node, line);
            Drop(node, line);
        }
    }

    /// <summary>The Nodes whose operation keeps a place though it does not go on, because they are paused or only observed.</summary>
    public IReadOnlyList<Node> Held(NamespacedName provisioner)
    {
        lock (_lock)
        {
            var line = LineOf(provisioner);
            return
            [
                .. line.Running.Keys.Select(nodes.Get).Concat(line.Waiting.Select(nodes.Get).Where(node => node?.Status?.Operation is not null)).OfType<Node>()
                    .Where(node => node.Spec.ManagementPolicy != ManagementPolicy.Manage)
                    .OrderBy(node => node.Metadata.Name, StringComparer.Ordinal),
            ];
        }
    }

    /// <summary>Drops a Node that is gone from every line.</summary>
    public void Forget(NamespacedName node)
    {
        lock (_lock)
        {
            DropFromOthers(node, except: null);
            _admitted.Remove(node);
        }
    }

    /// <summary>A Node that was given another Provisioner must not hold a place at its former one: nobody behind it would ever be served.</summary>
    private void DropFromOthers(NamespacedName node, Line? except)
    {
        foreach (var line in _lines.Values)
        {
            if (line != except)
                Drop(node, line);
        }
    }

    private void Drop(NamespacedName node, Line line)
    {
        if (!(line.Running.Remove(node) | line.Waiting.Remove(node)))
            return;
        foreach (var next in line.Waiting.Take(Math.Max(0, line.Limit - line.Running.Count)))
            queue.Enqueue(next);
    }

    private Line LineOf(NamespacedName provisioner)
    {
        if (_lines.TryGetValue(provisioner, out var line))
            return line;

        // One that has come to no step may not have begun, and then it is one too many: it keeps a place free, and takes it when it goes on.
        line = new();
        foreach (var node in nodes.ByIndex(Resources.ByProvisioner, $"{provisioner.Namespace}/{provisioner.Name}")
            .Where(node => node.Status?.Operation is { Phase: OperationPhase.Running } && NodeSituation.ProvisionerOf(node) == provisioner.Name)
            .OrderBy(node => node.Status!.Queue is not null)
            .ThenBy(node => node.Status!.Operation!.StartedTime)
            .ThenBy(node => node.Metadata.Name, StringComparer.Ordinal))
        {
            NamespacedName key = new(node.Metadata.Namespace ?? "", node.Metadata.Name);
            if (node.Status!.Operation!.Step is null)
                line.Waiting.Add(key);
            else
                line.Running.Add(key, null);
        }

        return _lines[provisioner] = line;
    }

    private sealed class Line
    {
        /// <summary>The limit as it was last told.</summary>
        public int Limit { get; set; } = 1;

        public Dictionary<NamespacedName, RecordedVersion?> Running { get; } = [];

        public List<NamespacedName> Waiting { get; } = [];
    }
}

using System.Collections.Concurrent;
using Provisioning.Kubernetes;

namespace Provisioning.Operator.Nodes;

/// <summary>
/// Remembers which Nodes need no look for a while, so that the echo of an own write, or a restart storm, costs no look at the machine. What is remembered
/// holds only for the very object version and circumstances of the last look.
/// </summary>
internal sealed class RestingNodes(TimeProvider time)
{
    private readonly ConcurrentDictionary<NamespacedName, Entry> _entries = new();

    /// <summary>How long the Node can still be left alone; zero if it must be looked at.</summary>
    public TimeSpan Remaining(NodeWork work)
    {
        if (!_entries.TryGetValue(Key(work), out var entry) || entry.Identity != Identity(work))
            return TimeSpan.Zero;
        var left = entry.Duration - time.GetElapsedTime(entry.Since);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>The Node, as it is stored now, can be left alone for a while.</summary>
    public void Rest(NodeWork work, TimeSpan duration) => _entries[Key(work)] = new(Identity(work), time.GetTimestamp(), duration);

    /// <summary>Forgets a Node.</summary>
    public void Forget(NamespacedName key) => _entries.TryRemove(key, out _);

    private static NamespacedName Key(NodeWork work) => new(work.Target.Namespace, work.Target.Name);

    private static string Identity(NodeWork work) =>
        $"{work.Stored.Metadata.Uid}/{work.Stored.Metadata.ResourceVersion}/{work.Situation.Circumstances}/{work.Situation.Capture}/{string.Join(',', work.LaterCaptures.Select(later => later.Metadata.Uid))}/{work.Situation.Obstacle}/{work.Situation.ImageObstacle}";

    private sealed record Entry(string Identity, long Since, TimeSpan Duration);
}

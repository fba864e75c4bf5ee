namespace Provisioning.Kubernetes.Queueing;

/// <summary>What the queue knows of a key that is queued, with a worker, or both.</summary>
internal sealed class QueueEntry<TKey>(TKey key)
{
    public TKey Key { get; } = key;

    public Pending Pending { get; set; }

    public bool IsProcessing { get; set; }

    public int Priority { get; set; }

    /// <summary>Order of arrival inside a priority; also makes entries with equal times distinct in the sorted sets.</summary>
    public long Sequence { get; set; }

    /// <summary>Queue time at which a waiting key becomes ready.</summary>
    public TimeSpan ReadyAt { get; set; }

    /// <summary>Queue time at which the key became ready.</summary>
    public TimeSpan ReadySince { get; set; }

    /// <summary>Queue time at which a worker took the key.</summary>
    public TimeSpan ProcessingSince { get; set; }

    public static IComparer<QueueEntry<TKey>> ByPriority { get; } = Comparer<QueueEntry<TKey>>.Create(
        static (a, b) => a.Priority != b.Priority ? b.Priority.CompareTo(a.Priority) : a.Sequence.CompareTo(b.Sequence));

    public static IComparer<QueueEntry<TKey>> ByReadyAt { get; } = Comparer<QueueEntry<TKey>>.Create(
        static (a, b) => a.ReadyAt != b.ReadyAt ? a.ReadyAt.CompareTo(b.ReadyAt) : a.Sequence.CompareTo(b.Sequence));
}

/// <summary>Whether work is asked for a key.</summary>
internal enum Pending
{
    /// <summary>No.</summary>
    None,

    /// <summary>Yes, from a later time on.</summary>
    Waiting,

    /// <summary>Yes, as soon as a worker is free and no other worker has the key.</summary>
    Ready,
}

namespace Provisioning.Kubernetes.Queueing;

/// <summary>Priorities of queued keys: higher goes first.</summary>
public static class QueuePriority
{
    /// <summary>What happened just now.</summary>
    public const int Normal = 0;

    /// <summary>The first list after a start and unchanged objects: real changes overtake them.</summary>
    public const int Low = -100;
}

namespace Provisioning.Kubernetes.Events;

/// <summary>A token bucket for the events of one object.</summary>
internal sealed class Bucket
{
    // The time at which the bucket is, or was, full: one number says all (generic cell rate algorithm).
    private DateTimeOffset _fullAt = DateTimeOffset.MinValue;

    public bool IsFull(DateTimeOffset now) => _fullAt <= now;

    public bool TryTake(DateTimeOffset now)
    {
        var next = (_fullAt > now ? _fullAt : now) + EventAggregator.BurstRefill;
        if (next - now > EventAggregator.BurstRefill * EventAggregator.BurstPerObject)
            return false;
        _fullAt = next;
        return true;
    }
}

namespace Provisioning.Engines.Simulated.Machines;

/// <summary>The last effects, bounded, because an operator runs for months.</summary>
internal sealed class EffectLog(int capacity)
{
    private readonly Lock gate = new();
    private readonly Queue<SimulatedEffect> effects = new();
    private long dropped;

    public long Dropped
    {
        get
        {
            lock (gate)
                return dropped;
        }
    }

    public void Add(in SimulatedEffect effect)
    {
        lock (gate)
        {
            if (effects.Count == capacity)
            {
                effects.Dequeue();
                dropped++;
            }

            effects.Enqueue(effect);
        }
    }

    public IReadOnlyList<SimulatedEffect> ToList()
    {
        lock (gate)
            return [.. effects];
    }
}

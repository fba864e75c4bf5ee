namespace Provisioning.Engines.Simulated.Machines;

/// <summary>The last effects, bounded, because an operator runs for months.</summary>
internal sealed class EffectLog(int capacity)
{
    private readonly Lock gate = new();
    private readonly List<SimulatedEffect> effects = [];
    private long forgotten;

    public long Dropped
    {
        get
        {
            lock (gate)
                return Math.Max(0, forgotten + effects.Count - capacity);
        }
    }

    public void Add(in SimulatedEffect effect)
    {
        lock (gate)
        {
            // Now and then many at once: moving all that are kept for each new one would cost more with every effect.
            if (effects.Count == 2 * capacity)
            {
                effects.RemoveRange(0, capacity);
                forgotten += capacity;
            }

            effects.Add(effect);
        }
    }

    public IReadOnlyList<SimulatedEffect> ToList()
    {
        lock (gate)
            return effects[Math.Max(0, effects.Count - capacity)..];
    }

    /// <summary>The effects after the first so many, as far as they are kept.</summary>
    public IReadOnlyList<SimulatedEffect> After(long number)
    {
        lock (gate)
        {
            var kept = Math.Max(0, effects.Count - capacity);
            return effects[(int)Math.Clamp(number - forgotten, kept, effects.Count)..];
        }
    }
}

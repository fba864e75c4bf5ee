namespace Provisioning.Operator.Hosting;

/// <summary>A random generator that many tasks may use at once.</summary>
internal sealed class ConcurrentRandom : Random
{
    private readonly Lock _lock = new();

    /// <inheritdoc/>
    public override double NextDouble()
    {
        lock (_lock)
            return base.NextDouble();
    }

    /// <inheritdoc/>
    public override void NextBytes(Span<byte> buffer)
    {
        lock (_lock)
            base.NextBytes(buffer);
    }

    /// <inheritdoc/>
    public override int Next(int minValue, int maxValue)
    {
        lock (_lock)
            return base.Next(minValue, maxValue);
    }
}

namespace Provisioning.Kubernetes.Hosting;

/// <summary>The host's source of randomness for everybody: locked, as all its users do.</summary>
internal sealed class SharedRandom(Random random)
{
    /// <summary>A number in [0, 1).</summary>
    public double Next()
    {
        lock (random)
            return random.NextDouble();
    }
}

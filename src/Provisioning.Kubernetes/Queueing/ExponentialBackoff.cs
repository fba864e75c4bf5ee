namespace Provisioning.Kubernetes.Queueing;

/// <summary>Delays that double with every failure, as controller-runtime's: 5 ms, 10 ms, ... at most 1,000 s.</summary>
internal static class ExponentialBackoff
{
    public static readonly TimeSpan BaseDelay = TimeSpan.FromMilliseconds(5);

    public static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(1000);

    /// <summary>Share of the delay by which it is lengthened at most, so that keys that failed together do not come back together.</summary>
    public const double Jitter = 0.1;

    /// <summary>The delay before the next attempt.</summary>
    /// <param name="failures">Failures before the one that is waited for now; 0 gives the base delay.</param>
    /// <param name="random">A random number in [0, 1).</param>
    public static TimeSpan Delay(int failures, double random)
    {
        // A double does not overflow: 2^failures becomes infinity at worst, and the smaller of the two is taken before it becomes ticks.
        var ticks = BaseDelay.Ticks * Math.Pow(2, failures) * (1 + (Jitter * random));
        return ticks < MaxDelay.Ticks ? TimeSpan.FromTicks((long)ticks) : MaxDelay;
    }
}

namespace Provisioning.Kubernetes.Caching;

/// <summary>Waits of a reflector after failures, as client-go's: 800 ms doubling to 30 s, each lengthened by up to the same again; two healthy minutes reset it.</summary>
internal sealed class ReflectorBackoff(TimeProvider time, Random random)
{
    public static readonly TimeSpan First = TimeSpan.FromMilliseconds(800);
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    public static readonly TimeSpan HealthyAfter = TimeSpan.FromMinutes(2);

    private TimeSpan _next = First;
    private DateTimeOffset _waitedUntil;

    /// <summary>The wait after one more failure.</summary>
    public TimeSpan Next()
    {
        var now = time.GetUtcNow();
        if (now - _waitedUntil >= HealthyAfter)
            _next = First;
        double jitter;
        lock (random)
            jitter = random.NextDouble();
        var wait = _next * (1 + jitter);
        _next = _next * 2 < Longest ? _next * 2 : Longest;
        _waitedUntil = now + wait;
        return wait;
    }
}

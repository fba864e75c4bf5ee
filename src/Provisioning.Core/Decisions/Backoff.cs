namespace Provisioning.Core.Decisions;

/// <summary>How long to wait before the next attempt: 5 s, doubling, at most 10 min, with up to 20 % less so that many Nodes do not retry in step.</summary>
public static class Backoff
{
    /// <summary>The first wait.</summary>
    public static readonly TimeSpan First = TimeSpan.FromSeconds(5);

    /// <summary>The longest wait.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    /// <summary>The wait after a number of failures.</summary>
    /// <param name="failures">Failures in a row, from 1.</param>
    /// <param name="random">A random number in [0, 1).</param>
    public static TimeSpan After(int failures, double random)
    {
        var exponent = Math.Clamp(failures - 1, 0, 16);
        var seconds = Math.Min(First.TotalSeconds * Math.Pow(2, exponent), Longest.TotalSeconds);
        return TimeSpan.FromSeconds(seconds * (1 - (0.2 * random)));
    }
}

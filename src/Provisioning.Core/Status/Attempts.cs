using Provisioning.Api.Meta;
using Provisioning.Core.Decisions;

namespace Provisioning.Core.Status;

/// <summary>Counts attempts that fail in a row, ever more slowly, so that an object that cannot be helped costs ever fewer writes. Pure.</summary>
public static class Attempts
{
    /// <summary>One more attempt has failed. One that was made before it was due, because something changed, does not count: however much happens around an object, its status is written no more often.</summary>
    /// <param name="last">The record of those before; null after a change of what is attempted.</param>
    /// <param name="now">The time.</param>
    /// <param name="random">A random number in [0, 1).</param>
    /// <param name="longest">The longest wait, where it is shorter than that of <see cref="Backoff"/>.</param>
    public static AttemptStatus Next(AttemptStatus? last, DateTimeOffset now, double random, TimeSpan? longest = null)
    {
        if (last is not null && IsAhead(last.NextTime, now))
            return last;
        var attempt = (last?.Attempt ?? 0) + 1;
        return new() { Attempt = attempt, NextTime = NextTime(attempt, now, random, longest: longest) };
    }

    /// <summary>When the attempt is due that follows so many failures.</summary>
    /// <param name="failures">Failures in a row, from 1.</param>
    /// <param name="now">The time.</param>
    /// <param name="random">A random number in [0, 1).</param>
    /// <param name="shortest">The shortest wait, where it is longer than that of <see cref="Backoff"/>.</param>
    /// <param name="longest">The longest wait, where it is shorter.</param>
    public static DateTimeOffset NextTime(int failures, DateTimeOffset now, double random, TimeSpan? shortest = null, TimeSpan? longest = null)
    {
        var wait = Backoff.After(failures, random);
        if (wait < shortest)
            wait = shortest.Value;
        return ConditionSet.Truncate(now + (wait > (longest ?? Backoff.Longest) ? longest ?? Backoff.Longest : wait));
    }

    /// <summary>Whether a time that was announced is still to come. One that is farther away than any wait comes from a clock that was wrong.</summary>
    public static bool IsAhead(DateTimeOffset? next, DateTimeOffset now) => next > now && next <= now + Backoff.Longest;
}

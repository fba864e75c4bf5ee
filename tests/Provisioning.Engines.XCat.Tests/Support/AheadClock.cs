namespace Provisioning.Engines.XCat.Tests.Support;

/// <summary>A clock that tests set ahead instead of waiting. Timers run as they are, since they wait for real processes.</summary>
internal sealed class AheadClock : TimeProvider
{
    private static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(50);

    private long _ahead;
    private DateTimeOffset? _standsAt;

    /// <summary>How much longer the shortest waits take, those for others who ask the same: a test in which many ask at once must not depend on whether a busy machine lets all of them ask in such an instant.</summary>
    public int InstantsStretched { get; set; } = 1;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, dueTime > TimeSpan.Zero && dueTime < Instant ? dueTime * InstantsStretched : dueTime, period);

    public override DateTimeOffset GetUtcNow() => (_standsAt ?? System.GetUtcNow()) + TimeSpan.FromTicks(Interlocked.Read(ref _ahead));

    /// <summary>Lets it go on only by what it is set ahead: an interval in which something is counted must not be longer on a busy machine.</summary>
    public void Stand() => _standsAt = System.GetUtcNow();

    public void Advance(TimeSpan time) => Interlocked.Add(ref _ahead, time.Ticks);
}

namespace Provisioning.Engines.XCat.Tests.Support;

/// <summary>A clock that tests set ahead instead of waiting. Timers run as they are, since they wait for real processes.</summary>
internal sealed class AheadClock : TimeProvider
{
    private static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(50);

    private long _ahead;

    /// <summary>How much longer the shortest waits take, those for others who ask the same: a test in which many ask at once must not depend on whether a busy machine lets all of them ask in such an instant.</summary>
    public int InstantsStretched { get; set; } = 1;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, dueTime > TimeSpan.Zero && dueTime < Instant ? dueTime * InstantsStretched : dueTime, period);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _ahead));

    public void Advance(TimeSpan time) => Interlocked.Add(ref _ahead, time.Ticks);
}

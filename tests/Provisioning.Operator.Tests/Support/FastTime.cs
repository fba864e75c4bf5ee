namespace Provisioning.Operator.Tests.Support;

/// <summary>The system's clock at a multiple of its speed, timers and all: a test of half an hour's deadlines takes seconds, and nothing in it sleeps longer than it must.</summary>
/// <param name="speed">How often it is as fast. A test that says how soon something happens needs the true speed, where a busy machine's pauses are not taken for the operator's.</param>
internal sealed class FastTime(double speed = FastTime.Usual) : TimeProvider
{
    /// <summary>The speed that all other tests run at.</summary>
    public const double Usual = 20;

    /// <summary>For what must come at once: the operator's next look by the clock comes later than a test waits, and a busy machine's pauses count for little.</summary>
    public const double Slow = 0.2;

    private readonly DateTimeOffset _start = System.GetUtcNow();
    private readonly long _startTimestamp = System.GetTimestamp();
    private long _jumped;

    public override long TimestampFrequency => System.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => _start + System.GetElapsedTime(_startTimestamp) * speed + TimeSpan.FromTicks(Interlocked.Read(ref _jumped));

    /// <summary>Sets the time of day forward; timers go on as they were.</summary>
    public void Jump(TimeSpan time) => Interlocked.Add(ref _jumped, time.Ticks);

    public override long GetTimestamp() => (long)((System.GetTimestamp() - _startTimestamp) * speed);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new Timer(this, System.CreateTimer(callback, state, Shorten(dueTime), Shorten(period)));

    private TimeSpan Shorten(TimeSpan time) => time <= TimeSpan.Zero ? time : time / speed;

    private sealed class Timer(FastTime time, ITimer inner) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => inner.Change(time.Shorten(dueTime), time.Shorten(period));

        public void Dispose() => inner.Dispose();

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}

namespace Provisioning.Operator.Tests.Support;

/// <summary>The system's clock at twenty times its speed, timers and all: a test of half an hour's deadlines takes seconds, and nothing in it sleeps longer than it must.</summary>
internal sealed class FastTime : TimeProvider
{
    private const int Factor = 20;

    private readonly DateTimeOffset _start = System.GetUtcNow();
    private readonly long _startTimestamp = System.GetTimestamp();
    private long _jumped;

    public override long TimestampFrequency => System.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => _start + System.GetElapsedTime(_startTimestamp) * Factor + TimeSpan.FromTicks(Interlocked.Read(ref _jumped));

    /// <summary>Sets the time of day forward; timers go on as they were.</summary>
    public void Jump(TimeSpan time) => Interlocked.Add(ref _jumped, time.Ticks);

    public override long GetTimestamp() => (System.GetTimestamp() - _startTimestamp) * Factor;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new Timer(System.CreateTimer(callback, state, Shorten(dueTime), Shorten(period)));

    private static TimeSpan Shorten(TimeSpan time) => time <= TimeSpan.Zero ? time : time / Factor;

    private sealed class Timer(ITimer inner) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => inner.Change(Shorten(dueTime), Shorten(period));

        public void Dispose() => inner.Dispose();

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}

namespace Provisioning.Simulation.Worlds;

/// <summary>Time that stands still until the world has nothing left to do, and then jumps to the next timer. Timers of one instant fire in the order in which they were set.</summary>
internal sealed class VirtualClock : TimeProvider
{
    private static readonly DateTimeOffset Beginning = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly PriorityQueue<(Timer Timer, long Setting), (long Due, long Order)> _timers = new();
    private long _now;
    private long _order;

    /// <summary>How long the world has existed.</summary>
    public TimeSpan Elapsed => TimeSpan.FromTicks(_now);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => Beginning.AddTicks(_now);

    public override long GetTimestamp() => _now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves on to the next timer and fires it; false if there is none.</summary>
    public bool FireNext()
    {
        while (_timers.TryDequeue(out var entry, out var when))
        {
            if (!entry.Timer.IsSet(entry.Setting))
                continue;
            _now = Math.Max(_now, when.Due);
            entry.Timer.Fire();
            return true;
        }

        return false;
    }

    /// <summary>Forgets all timers, and with them whatever waits for them.</summary>
    public void Clear() => _timers.Clear();

    private sealed class Timer(VirtualClock clock, TimerCallback callback, object? state) : ITimer
    {
        private long _setting;
        private TimeSpan _period;

        public bool IsSet(long setting) => _setting == setting;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _setting++;
            _period = period;
            if (dueTime >= TimeSpan.Zero)
                clock._timers.Enqueue((this, _setting), (clock._now + Math.Min(dueTime.Ticks, long.MaxValue / 4), clock._order++));
            return true;
        }

        public void Fire()
        {
            _setting++;
            if (_period > TimeSpan.Zero)
                Change(_period, _period);
            callback(state);
        }

        public void Dispose() => _setting++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}

namespace Provisioning.Hostile.Tests.Deletion;

/// <summary>The system's clock, some time later: the API server sets the time of a deletion, so that only the operator's clock can be ahead of it.</summary>
internal sealed class LaterTime : TimeProvider
{
    private long _ticks;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _ticks));

    public void Later(TimeSpan time) => Interlocked.Add(ref _ticks, time.Ticks);
}

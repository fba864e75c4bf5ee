namespace Provisioning.Engines.Configuration.Tests.Conformance;

/// <summary>A clock that tests set ahead instead of waiting. Timers run as they are, since they wait for real processes.</summary>
internal sealed class AheadClock : TimeProvider
{
    private long _ahead;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _ahead));

    public void Advance(TimeSpan time) => Interlocked.Add(ref _ahead, time.Ticks);
}

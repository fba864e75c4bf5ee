namespace Provisioning.Engines.Lab.Tests.Conformance;

/// <summary>
/// A clock that tests set ahead instead of waiting. The patience with a port is an eighth: on a loopback address the kernel takes connections at once, however busy the machine is,
/// and a port that is silent stays so. Longer waits, for systems that work, are as they are.
/// </summary>
internal sealed class QuickClock : TimeProvider
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(5);

    private long _ahead;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _ahead));

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, dueTime > TimeSpan.Zero && dueTime < Short ? dueTime / 8 : dueTime, period);

    public void Advance(TimeSpan time) => Interlocked.Add(ref _ahead, time.Ticks);
}

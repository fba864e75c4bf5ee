using Provisioning.Simulation.Machines;
using Provisioning.Simulation.Worlds;

namespace Provisioning.Simulation.Clusters;

/// <summary>The clock of one process: its time of day can be wrong, and its timers fire only while it runs.</summary>
internal sealed class ProcessClock(VirtualClock clock, string? mutant) : TimeProvider
{
    public TimeSpan Offset { get; set; }

    public Action<Action> Deliver { get; set; } = static action => action();

    public override long TimestampFrequency => clock.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => clock.GetUtcNow() + Offset;

    public override long GetTimestamp() => clock.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        clock.CreateTimer(context => Deliver(() => callback(context)), state, Mutants.Due(mutant, dueTime), period);
}

using Microsoft.Extensions.Time.Testing;

namespace Provisioning.Testing;

/// <summary>A clock that a test moves, and that tells when the code under test has begun to wait: so no test needs to sleep.</summary>
public sealed class ObservableTime : FakeTimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<TimeSpan> _timers = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Waits until the code under test has set so many timers that fit (past ones count), and gives the length of the last of them.</summary>
    /// <param name="fits">Which lengths count.</param>
    /// <param name="count">How many timers.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<TimeSpan> WaitForTimerAsync(Func<TimeSpan, bool> fits, int count, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                var found = _timers.Where(fits).Skip(count - 1).Take(1).ToList();
                if (found is [var length])
                    return length;
                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        lock (_lock)
        {
            _timers.Add(dueTime);
            _changed.TrySetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        return timer;
    }
}

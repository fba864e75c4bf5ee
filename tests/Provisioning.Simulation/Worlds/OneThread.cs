namespace Provisioning.Simulation.Worlds;

/// <summary>
/// Runs a world on the only thread of the thread pool. Whatever the code under test uses (Task.Run, semaphores, channels, asynchronous continuations) ends
/// up there, in an order that nothing but the code decides; when the pool is empty, everything waits for the clock, which then moves on.
/// </summary>
internal sealed class OneThread : IThreadPoolWorkItem, IDisposable
{
    private readonly VirtualClock _clock;
    private readonly Func<Task> _main;
    private readonly ManualResetEventSlim _ended = new();
    private Task? _running;
    private Exception? _failure;

    private OneThread(VirtualClock clock, Func<Task> main) => (_clock, _main) = (clock, main);

    /// <summary>Runs to the end. Call it from a thread outside of the pool.</summary>
    public static void Run(VirtualClock clock, Func<Task> main)
    {
        ThreadPool.GetMaxThreads(out var threads, out _);
        if (threads != 1)
            throw new InvalidOperationException($"The thread pool may use {threads} threads; a simulation needs exactly one, see Provisioning.Simulation.csproj.");
        using var run = new OneThread(clock, main);
        ThreadPool.UnsafeQueueUserWorkItem(run, preferLocal: false);
        run._ended.Wait();
        if (run._failure is not null)
            throw new InvalidOperationException("The simulation itself failed.", run._failure);
    }

    public void Dispose() => _ended.Dispose();

    public void Execute()
    {
        try
        {
            _running ??= _main();
            if (ThreadPool.PendingWorkItemCount > 0 || (!_running.IsCompleted && _clock.FireNext()))
            {
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                return;
            }

            if (!_running.IsCompleted)
                throw new InvalidOperationException($"Nothing is left that could happen after {_clock.Elapsed}, and the run is not over.");
            _failure = _running.Exception?.GetBaseException();
        }
        catch (Exception failure)
        {
            _failure = failure;
        }

        _ended.Set();
    }
}

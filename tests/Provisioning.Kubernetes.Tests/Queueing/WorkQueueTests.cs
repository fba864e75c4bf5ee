using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Time.Testing;
using Provisioning.Kubernetes.Queueing;

namespace Provisioning.Kubernetes.Tests.Queueing;

public sealed class WorkQueueTests : IDisposable
{
    private readonly TestMeters _meters = new();
    private readonly FakeTimeProvider _time = new();
    private readonly WorkQueue<string> _queue;

    public WorkQueueTests() => _queue = new WorkQueue<string>("node", _time, () => 0, new WorkQueueMetrics(_meters));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _queue.Dispose();
        _meters.Dispose();
    }

    [Fact]
    public async Task A_key_that_is_added_while_a_worker_has_it_is_given_out_once_more_after_done()
    {
        _queue.Add("a");
        Assert.Equal("a", await Take());
        _queue.Add("a");
        _queue.Add("a");
        Assert.True(await IsEmpty());
        _queue.Done("a");
        Assert.Equal("a", await Take());
        _queue.Done("a");
        Assert.True(await IsEmpty());
    }

    [Fact]
    public async Task Higher_priorities_go_first_and_equal_ones_in_order()
    {
        _queue.Add("low1", QueuePriority.Low);
        _queue.Add("low2", QueuePriority.Low);
        _queue.Add("real1");
        _queue.Add("real2");
        _queue.Add("low2");
        Assert.Equal(["real1", "real2", "low2", "low1"], await TakeAll(4));
    }

    [Fact]
    public async Task A_lower_priority_does_not_push_a_key_back()
    {
        _queue.Add("a");
        _queue.Add("b");
        _queue.Add("a", QueuePriority.Low);
        Assert.Equal(["a", "b"], await TakeAll(2));
    }

    [Fact]
    public async Task The_earlier_time_counts()
    {
        _queue.AddAfter("a", TimeSpan.FromSeconds(10));
        _queue.AddAfter("a", TimeSpan.FromSeconds(5));
        _queue.AddAfter("a", TimeSpan.FromSeconds(20));
        _time.Advance(TimeSpan.FromSeconds(4.999));
        Assert.True(await IsEmpty());
        _time.Advance(TimeSpan.FromSeconds(0.001));
        Assert.Equal("a", await Take());
        _queue.Done("a");
        _time.Advance(TimeSpan.FromHours(1));
        Assert.True(await IsEmpty());
    }

    [Fact]
    public async Task A_key_whose_time_comes_while_a_worker_has_it_waits_for_that_worker()
    {
        _queue.Add("a");
        await Take();
        _queue.AddAfter("a", TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(await IsEmpty());
        _queue.Done("a");
        Assert.Equal("a", await Take());
    }

    [Fact]
    public async Task A_delay_beyond_all_timers_neither_fails_nor_fires()
    {
        _queue.AddAfter("never", TimeSpan.MaxValue);
        _queue.AddAfter("in a year", TimeSpan.FromDays(365));
        for (var day = 0; day < 364; day++)
            _time.Advance(TimeSpan.FromDays(1));
        Assert.True(await IsEmpty());
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Equal("in a year", await Take());
    }

    [Fact]
    public async Task Retries_double_their_delay_until_forgotten()
    {
        var delays = new List<double>();
        for (var failure = 0; failure < 20; failure++)
            delays.Add(_queue.AddRateLimited("a").TotalMilliseconds);
        Assert.Equal([5, 10, 20, 40, 80], delays[..5]);
        Assert.Equal([655_360, 1_000_000, 1_000_000], delays[17..]);
        _queue.Forget("a");
        Assert.Equal(5, _queue.AddRateLimited("a").TotalMilliseconds);
        _time.Advance(TimeSpan.FromMilliseconds(5));
        Assert.Equal("a", await Take());
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(1, 10)]
    [InlineData(62, 1_000_000)]
    [InlineData(int.MaxValue, 1_000_000)]
    public void The_backoff_never_overflows_nor_passes_its_maximum(int failures, double milliseconds)
    {
        Assert.Equal(milliseconds, ExponentialBackoff.Delay(failures, 0).TotalMilliseconds);
        Assert.InRange(ExponentialBackoff.Delay(failures, 0.999).TotalMilliseconds, milliseconds, Math.Min(milliseconds * 1.1, 1_000_000));
    }

    [Fact]
    public async Task A_cancelled_wait_takes_no_key_with_it()
    {
        using var cancel = new CancellationTokenSource();
        var waiting = _queue.GetAsync(cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await waiting);
        _queue.Add("a");
        Assert.Equal("a", await Take());
    }

    [Fact]
    public async Task Shutting_down_ends_all_waits_and_completes_when_the_last_key_is_back()
    {
        _queue.Add("held");
        await Take();
        _queue.AddAfter("waiting", TimeSpan.FromSeconds(1));
        var waits = Enumerable.Range(0, 5).Select(_ => _queue.GetAsync(Cancellation).AsTask()).ToArray();
        var drained = _queue.ShutDownWithDrain();
        Assert.All(await Task.WhenAll(waits), item => Assert.Null(item));
        _queue.Add("late");
        _queue.Add("held");
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(await _queue.GetAsync(Cancellation));
        Assert.False(drained.IsCompleted);
        _queue.Done("held");
        await drained;
        Assert.Null(await _queue.GetAsync(Cancellation));
    }

    [Fact]
    public async Task Giving_back_a_key_that_was_not_taken_is_an_error()
    {
        Assert.Throws<InvalidOperationException>(() => _queue.Done("a"));
        _queue.Add("a");
        Assert.Throws<InvalidOperationException>(() => _queue.Done("a"));
        await Take();
        _queue.Done("a");
        Assert.Throws<InvalidOperationException>(() => _queue.Done("a"));
    }

    [Fact]
    public async Task Metrics_follow_the_keys()
    {
        using var depth = new MetricCollector<long>(_meters, RuntimeMeter.Name, "workqueue_depth");
        using var waited = new MetricCollector<double>(_meters, RuntimeMeter.Name, "workqueue_queue_duration_seconds");
        using var worked = new MetricCollector<double>(_meters, RuntimeMeter.Name, "workqueue_work_duration_seconds");
        using var longest = new MetricCollector<double>(_meters, RuntimeMeter.Name, "workqueue_longest_running_processor_seconds");
        _queue.Add("a", QueuePriority.Low);
        _queue.Add("a");
        _queue.Add("b");
        Assert.Equal(2, depth.GetMeasurementSnapshot().Sum(measurement => measurement.Value));
        _time.Advance(TimeSpan.FromSeconds(3));
        await Take();
        _time.Advance(TimeSpan.FromSeconds(7));
        longest.RecordObservableInstruments();
        _queue.Done("a");
        Assert.Equal(3, Assert.Single(waited.GetMeasurementSnapshot()).Value);
        Assert.Equal(7, Assert.Single(worked.GetMeasurementSnapshot()).Value);
        Assert.Equal(7, longest.LastMeasurement!.Value);
        Assert.Equal("node", longest.LastMeasurement.Tags["controller"]);
        await Take();
        Assert.Equal(0, depth.GetMeasurementSnapshot().Sum(measurement => measurement.Value));
    }

    [Fact]
    public async Task Many_workers_on_real_threads_never_share_a_key_and_lose_none()
    {
        const int keys = 10_000;
        using var queue = new WorkQueue<int>("many", TimeProvider.System, () => 0, new WorkQueueMetrics(_meters));
        var holders = new int[keys];
        var wanted = new int[keys];
        var seen = new int[keys];
        var shared = new ConcurrentBag<int>();
        var workers = Enumerable.Range(0, 8).Select(_ => Task.Run(Work, Cancellation)).ToArray();
        var producers = Enumerable.Range(0, 4).Select(seed => Task.Run(() => Produce(new Random(seed)), Cancellation)).ToArray();
        await Task.WhenAll(producers);

        // What is queued now is the last of it: the queue is empty when every key shows its last wish.
        while (!Enumerable.Range(0, keys).All(key => Volatile.Read(ref seen[key]) == Volatile.Read(ref wanted[key])))
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Cancellation);
        await queue.ShutDownWithDrain();
        await Task.WhenAll(workers);
        Assert.Empty(shared);

        async Task Work()
        {
            while (await queue.GetAsync(Cancellation) is { } item)
            {
                if (Interlocked.Increment(ref holders[item.Key]) != 1)
                    shared.Add(item.Key);
                Volatile.Write(ref seen[item.Key], Volatile.Read(ref wanted[item.Key]));
                Interlocked.Decrement(ref holders[item.Key]);
                queue.Done(item.Key);
            }
        }

        void Produce(Random random)
        {
            for (var i = 0; i < 3 * keys; i++)
            {
                var key = random.Next(keys);
                Interlocked.Increment(ref wanted[key]);
                if (random.Next(4) == 0)
                    queue.AddAfter(key, TimeSpan.FromMilliseconds(random.Next(20)), random.Next(-1, 2));
                else
                    queue.Add(key, random.Next(-1, 2));
            }
        }
    }

    private async Task<string> Take() => (await _queue.GetAsync(Cancellation))!.Value.Key;

    private async Task<List<string>> TakeAll(int count)
    {
        var taken = new List<string>();
        for (var i = 0; i < count; i++)
            taken.Add(await Take());
        return taken;
    }

    private async Task<bool> IsEmpty()
    {
        using var cancel = new CancellationTokenSource();
        var wait = _queue.GetAsync(cancel.Token).AsTask();
        var isEmpty = !wait.IsCompleted;
        await cancel.CancelAsync();

        // Awaited, since a wait that is cancelled can still be given the next key until it has ended.
        await Task.WhenAny(wait);
        return isEmpty;
    }
}

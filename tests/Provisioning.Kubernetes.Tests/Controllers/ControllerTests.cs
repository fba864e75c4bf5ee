using System.Threading.Channels;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Provisioning.Kubernetes.Controllers;
using Provisioning.Kubernetes.Queueing;
using Provisioning.Kubernetes.Tests.Queueing;
using Provisioning.Testing;

namespace Provisioning.Kubernetes.Tests.Controllers;

public sealed class ControllerTests : IAsyncLifetime
{
    private readonly TestMeters _meters = new();
    private readonly ObservableTime _time = new();
    private readonly FakeLogger _logger = new();
    private readonly CancellationTokenSource _drain = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly Channel<string> _calls = Channel.CreateUnbounded<string>();
    private readonly MemoryCache<Widget> _cache;
    private readonly EntityQueue<Widget> _entities;
    private Func<Widget, CancellationToken, Task<ReconciliationResult>> _reconcile = (_, _) => Task.FromResult(ReconciliationResult.Done);
    private Func<bool> _mayAct = () => true;
    private Task _running = Task.CompletedTask;

    public ControllerTests()
    {
        _cache = new MemoryCache<Widget>(_time);
        _entities = new EntityQueue<Widget>("widget", _time, () => 0.5, new WorkQueueMetrics(_meters));
        _cache.Sinks.Add(new EventSource<Widget>(_entities.Queue, widget => [NamespacedName.Of(widget)], predicate: null));
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _drain.CancelAsync();
        await _abort.CancelAsync();
        await _running;
        _entities.Dispose();
        _meters.Dispose();
        _drain.Dispose();
        _abort.Dispose();
    }

    [Fact]
    public async Task Reconciles_the_object_as_it_is_now_and_once_for_many_changes()
    {
        _cache.Put(Widget.New("a", "1", size: 1));
        _cache.Put(Widget.New("a", "2", size: 2));
        Start();
        Assert.Equal("a 2", await NextCall());
        await AssertIdle();
    }

    [Fact]
    public async Task Says_that_an_object_is_gone()
    {
        _cache.Put(Widget.New("a", "1"));
        Start();
        await NextCall();
        _cache.Delete(Widget.Key("a"));
        Assert.Equal("gone lab/a", await NextCall());
    }

    [Fact]
    public async Task Repeats_what_failed_after_growing_delays_and_says_so()
    {
        var failures = 0;
        _reconcile = (_, _) => ++failures <= 3 ? throw new InvalidOperationException("engine away") : Task.FromResult(ReconciliationResult.Done);
        _cache.Put(Widget.New("a", "1"));
        Start();
        foreach (var delay in new[] { 5.25, 10.5, 21 })
        {
            await NextCall();
            await WaitUntil(() => _logger.Collector.Count >= failures);
            _time.Advance(TimeSpan.FromMilliseconds(delay - 1));
            Assert.False(_calls.Reader.TryRead(out _));
            _time.Advance(TimeSpan.FromMilliseconds(2));
        }

        await NextCall();
        await AssertIdle();
        var record = _logger.Collector.GetSnapshot()[0];
        Assert.Equal(LogLevel.Error, record.Level);
        Assert.Equal("The reconcile of lab/a failed; it is tried again in 00:00:00.0052500.", record.Message);
        Assert.IsType<InvalidOperationException>(record.Exception);
        Assert.Contains(record.Scopes, scope => scope is IEnumerable<KeyValuePair<string, object?>> pairs && pairs.Any(pair => pair is { Key: "controller", Value: "widget" }));
    }

    [Fact]
    public async Task Looks_again_after_the_time_that_was_asked_for_and_forgets_failures()
    {
        var calls = 0;
        _reconcile = (_, _) => ++calls == 1 ? throw new InvalidOperationException() : Task.FromResult(ReconciliationResult.After(TimeSpan.FromSeconds(10)));
        _cache.Put(Widget.New("a", "1"));
        Start();
        await NextCall();
        await WaitUntil(() => _logger.Collector.Count == 1);
        _time.Advance(TimeSpan.FromMilliseconds(10));
        await NextCall();
        await AssertIdle();
        _time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.False(_calls.Reader.TryRead(out _));
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await NextCall();
    }

    [Fact]
    public async Task The_echo_of_an_own_status_write_causes_one_more_look_and_no_loop()
    {
        _reconcile = (widget, _) =>
        {
            if (widget.Status is null)
            {
                var written = Widget.New("a", "2");
                written.Status = new WidgetStatus { Size = 1 };
                _cache.Put(written);
            }

            return Task.FromResult(ReconciliationResult.Done);
        };
        _cache.Put(Widget.New("a", "1"));
        Start();
        Assert.Equal("a 1", await NextCall());
        Assert.Equal("a 2", await NextCall());
        await AssertIdle();
    }

    [Fact]
    public async Task Waits_for_the_cache_to_show_its_own_write()
    {
        _cache.Put(Widget.New("a", "1"));
        _entities.Wrote(Widget.Key("a"), "5");
        Start();
        await _time.WaitForTimerAsync(length => length == EntityQueue<Widget>.MaxHold, 1, Cancellation);
        Assert.False(_calls.Reader.TryRead(out _));
        _cache.Put(Widget.New("a", "5"));
        Assert.Equal("a 5", await NextCall());
    }

    [Fact]
    public async Task Does_not_wait_longer_than_a_second_for_its_own_write()
    {
        _cache.Put(Widget.New("a", "1"));
        _entities.Wrote(Widget.Key("a"), "5");
        Start();
        await _time.WaitForTimerAsync(length => length == EntityQueue<Widget>.MaxHold, 1, Cancellation);
        _time.Advance(EntityQueue<Widget>.MaxHold);
        Assert.Equal("a 1", await NextCall());
    }

    [Fact]
    public async Task Never_works_on_one_object_twice_at_once_but_on_several()
    {
        var release = new TaskCompletionSource();
        _reconcile = async (_, _) =>
        {
            await release.Task;
            return ReconciliationResult.Done;
        };
        Start(workers: 4);
        _cache.Put(Widget.New("a", "1"));
        _cache.Put(Widget.New("b", "1"));
        Assert.Equivalent(new[] { "a 1", "b 1" }, new[] { await NextCall(), await NextCall() });
        for (var version = 2; version < 20; version++)
            _cache.Put(Widget.New("a", $"{version}"));
        _cache.Put(Widget.New("c", "1"));
        Assert.Equal("c 1", await NextCall());
        Assert.False(_calls.Reader.TryRead(out _));
        release.SetResult();
        Assert.Equal("a 19", await NextCall());
    }

    [Fact]
    public async Task A_drain_lets_work_under_way_finish_and_starts_no_more()
    {
        var release = new TaskCompletionSource();
        _reconcile = async (_, token) =>
        {
            await release.Task.WaitAsync(token);
            return ReconciliationResult.Done;
        };
        _cache.Put(Widget.New("a", "1"));
        Start();
        await NextCall();
        _cache.Put(Widget.New("b", "1"));
        await _drain.CancelAsync();
        Assert.False(_running.IsCompleted);
        release.SetResult();
        await _running.WaitAsync(Cancellation);
        Assert.False(_calls.Reader.TryRead(out _));
    }

    [Fact]
    public async Task An_abort_cancels_work_under_way_without_calling_it_a_failure()
    {
        _reconcile = async (_, token) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, token);
            return ReconciliationResult.Done;
        };
        _cache.Put(Widget.New("a", "1"));
        Start();
        await NextCall();
        await _abort.CancelAsync();
        await _running.WaitAsync(Cancellation);
        Assert.DoesNotContain(_logger.Collector.GetSnapshot(), record => record.Level > LogLevel.Debug);
    }

    [Fact]
    public async Task Nothing_is_reconciled_where_the_leadership_is_over_by_the_clock()
    {
        var asked = new TaskCompletionSource();
        _mayAct = () =>
        {
            asked.TrySetResult();
            return false;
        };
        _cache.Put(Widget.New("a", "1"));
        Start();
        await asked.Task.WaitAsync(Cancellation);
        await _drain.CancelAsync();
        await _running.WaitAsync(Cancellation);
        Assert.False(_calls.Reader.TryRead(out _));
    }

    [Fact]
    public async Task Counts_results()
    {
        using var total = new MetricCollector<long>(_meters, RuntimeMeter.Name, "controller_runtime_reconcile_total");
        using var active = new MetricCollector<long>(_meters, RuntimeMeter.Name, "controller_runtime_active_workers");
        _reconcile = (widget, _) => widget.Metadata.Name switch
        {
            "fails" => throw new InvalidOperationException(),
            "again" => Task.FromResult(ReconciliationResult.After(TimeSpan.FromHours(1))),
            _ => Task.FromResult(ReconciliationResult.Done),
        };
        foreach (var name in new[] { "fine", "fails", "again" })
            _cache.Put(Widget.New(name, "1"));
        Start();
        await WaitUntil(() => total.GetMeasurementSnapshot().Sum(measurement => measurement.Value) == 3);
        Assert.Equal(["success", "error", "requeue_after"], total.GetMeasurementSnapshot().Where(measurement => measurement.Value == 1).Select(measurement => measurement.Tags["result"]));
        Assert.Equal(["error", "requeue_after", "success"], total.GetMeasurementSnapshot().Where(measurement => measurement.Value == 0).Select(measurement => (string?)measurement.Tags["result"]).Order());
        Assert.Equal(0, active.GetMeasurementSnapshot().Sum(measurement => measurement.Value));
    }

    private void Start(int workers = 1)
    {
        var controller = new Controller<Widget>(
            "widget", new Reconciler(this), _cache, _entities, workers, new ControllerMetrics(_meters), _time, () => 0.5, _logger);
        _running = controller.RunAsync(() => _mayAct(), _drain.Token, _abort.Token);
    }

    private async Task<string> NextCall() => await _calls.Reader.ReadAsync(Cancellation);

    /// <summary>Nothing more is reconciled that was asked for before: a marker at the lowest priority is what the one worker takes next.</summary>
    private async Task AssertIdle()
    {
        _entities.Queue.Add(new NamespacedName("marker", ""), int.MinValue);
        Assert.Equal("gone marker/", await NextCall());
    }

    private static async Task WaitUntil(Func<bool> holds)
    {
        while (!holds())
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, Cancellation);
    }

    private sealed class Reconciler(ControllerTests test) : IEntityController<Widget>
    {
        public Task<ReconciliationResult> ReconcileAsync(Widget entity, CancellationToken cancellationToken)
        {
            test._calls.Writer.TryWrite($"{entity.Metadata.Name} {entity.Metadata.ResourceVersion}");
            return test._reconcile(entity, cancellationToken);
        }

        public Task OnGoneAsync(NamespacedName key, CancellationToken cancellationToken)
        {
            test._calls.Writer.TryWrite($"gone {key}");
            return Task.CompletedTask;
        }
    }
}

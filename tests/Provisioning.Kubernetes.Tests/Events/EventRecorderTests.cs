using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Testing;
using Provisioning.Kubernetes.Events;
using Provisioning.Kubernetes.Rest.BuiltIn;
using Provisioning.Kubernetes.Tests.Controllers;
using Provisioning.Kubernetes.Tests.Queueing;
using Provisioning.Testing;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Kubernetes.Tests.Events;

public sealed class EventRecorderTests : IAsyncLifetime
{
    private static readonly FakeKind EventKind = FakeKind.BuiltIn.Single(kind => kind.Kind == "Event");

    private readonly TestMeters _meters = new();
    private readonly ObservableTime _time = new();
    private readonly FakeLogger<EventRecorder> _logger = new();
    private readonly CancellationTokenSource _stop = new();
    private FakeApiServer _server = null!;
    private EventRecorder _recorder = null!;
    private Task _running = Task.CompletedTask;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await FakeApiServer.StartAsync([], _time);
        var client = _server.Connect(_time).Client(BuiltInResources.Events);
        _recorder = new EventRecorder(client, "test.dev/operator", "pod-1", _time, _meters, _logger);
        _running = _recorder.RunAsync(_stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _recorder.Dispose();
        await _server.DisposeAsync();
        _meters.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task Writes_an_event_with_all_that_the_api_requires()
    {
        Record("Failed", "the disk is on fire");
        var written = await WrittenAsync();
        Assert.Equal("Warning", (string?)written["type"]);
        Assert.Equal("Failed", (string?)written["reason"]);
        Assert.Equal("Load", (string?)written["action"]);
        Assert.Equal("the disk is on fire", (string?)written["note"]);
        Assert.Equal("test.dev/operator", (string?)written["reportingController"]);
        Assert.Equal("pod-1", (string?)written["reportingInstance"]);
        Assert.Equal("uid-a", (string?)written["regarding"]!["uid"]);
        Assert.Equal("Widget", (string?)written["regarding"]!["kind"]);
        Assert.Null(written["series"]);
    }

    [Fact]
    public async Task Repeats_become_one_series_that_the_stop_writes_too()
    {
        Record("Failed", "first");
        await WrittenAsync();
        Record("Failed", "second");
        Record("Failed", "third");
        await StopAsync();
        Assert.Equal(1, _server.Requests.Count("create", "events"));
        Assert.Equal(1, _server.Requests.Count("patch", "events"));
        var series = (await WrittenAsync())["series"]!;
        Assert.Equal(3, (int)series["count"]!);
        Assert.NotNull((string?)series["lastObservedTime"]);
    }

    [Fact]
    public async Task Another_success_is_another_event_and_the_same_one_again_is_a_series()
    {
        foreach (var note in (string[])["a is loaded", "b is loaded", "a is loaded"])
            _recorder.Record(Widget.New("a", "1"), EventType.Normal, "Loaded", "Load", note);
        await _server.Requests.WaitForAsync(call => call is { Verb: "create", Code: 201 }, 2, Cancellation);
        await StopAsync();
        Assert.Equal(["a is loaded 2", "b is loaded 1"], _server.List(EventKind, "lab").Select(item => $"{(string?)item["note"]} {(int?)item["series"]?["count"] ?? 1}").Order());
    }

    [Fact]
    public async Task A_lost_reply_does_not_make_a_second_event()
    {
        _server.Inject(new Fault.Drop(AfterEffect: true) { Verb = "create", Resource = "events" });
        Record("Failed", "note");
        await WrittenAsync();
        await _time.WaitForTimerAsync(length => length == EventRecorder.RetryDelay, 1, Cancellation);
        _time.Advance(EventRecorder.RetryDelay);
        await _server.Requests.WaitForAsync(call => call is { Verb: "create", Code: 409 }, 1, Cancellation);
        await StopAsync();
        Assert.DoesNotContain(_logger.Collector.GetSnapshot(), record => record.Level >= Microsoft.Extensions.Logging.LogLevel.Warning);
    }

    [Fact]
    public async Task A_refused_event_is_dropped_and_the_next_one_written()
    {
        _server.Inject(new Fault.Refuse(403, "Forbidden") { Verb = "create", Resource = "events" });
        Record("Failed", "note");
        Record("Loaded", "note");
        await _server.Requests.WaitForAsync(call => call is { Verb: "create", Code: 201 }, 1, Cancellation);
        await StopAsync();
        Assert.Equal(2, _server.Requests.Count("create", "events"));
        Assert.Contains(_logger.Collector.GetSnapshot(), record => record.Message.Contains("Event Failed about Widget lab/a is lost", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_a_server_that_never_answers()
    {
        _server.Inject(new Fault.Freeze { Verb = "create", Resource = "events", Times = 1000 });
        for (var i = 0; i < 20; i++)
            Record($"Failed{i}", "note");
        await _server.Requests.WaitForAsync(call => call.Verb == "create", 1, Cancellation);
        await _stop.CancelAsync();
        Assert.False(_running.IsCompleted);
        _time.Advance(EventRecorder.FlushTimeout);
        await _running.WaitAsync(Cancellation);
    }

    [Fact]
    public void A_full_queue_drops_the_oldest_normal_event_and_only_then_a_warning()
    {
        using var queue = new OccurrenceQueue(3);
        Assert.True(queue.Add(New(EventType.Normal, "n1")));
        Assert.True(queue.Add(New(EventType.Warning, "w1")));
        Assert.True(queue.Add(New(EventType.Normal, "n2")));
        Assert.False(queue.Add(New(EventType.Warning, "w2")));
        Assert.False(queue.Add(New(EventType.Warning, "w3")));
        Assert.False(queue.Add(New(EventType.Warning, "w4")));
        Assert.Equal(["w2", "w3", "w4", null], Enumerable.Range(0, 4).Select(_ => queue.TryTake()?.Note));

        static Occurrence New(EventType type, string note) => new(new EventKey(new EventSubject("", "", default, null), type, "", "", ""), note, default);
    }

    private void Record(string reason, string note) => _recorder.Record(Widget.New("a", "1"), EventType.Warning, reason, "Load", note);

    /// <summary>The event that the first call of <see cref="Record"/> with the reason Failed makes; time stands still, so its name is known.</summary>
    private async Task<JsonObject> WrittenAsync()
    {
        await _server.Requests.WaitForAsync(call => call is { Verb: "create", Code: not null }, 1, Cancellation);
        var subject = new EventSubject("test.dev/v1", "Widget", Widget.Key("a"), "uid-a");
        var first = new Occurrence(new EventKey(subject, EventType.Warning, "Failed", "Load", ""), "", _time.GetUtcNow());
        return _server.Find(EventKind, "lab", EventObjects.NameOf(first, "pod-1").Name)!;
    }

    private async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(Cancellation);
    }
}

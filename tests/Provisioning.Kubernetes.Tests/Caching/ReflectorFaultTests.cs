using Microsoft.Extensions.Logging;
using Provisioning.Kubernetes.Tests.Contract;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Kubernetes.Tests.Caching;

/// <summary>A reflector on a server or network that fails.</summary>
public sealed class ReflectorFaultTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_dropped_watch_goes_on_from_the_last_event_after_a_backoff_without_a_list()
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        fixture.Server.Inject(new Fault.DropWatch(1) { Verb = "watch" });
        await fixture.RunUntilWatchingAsync();
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a"));
        fixture.Server.Put(Widget.FakeKind, Widget.Json("b"));
        Assert.InRange(await fixture.PassBackoffAsync(), TimeSpan.FromSeconds(0.8), TimeSpan.FromSeconds(1.6));
        Assert.Equal(["Added a 1", "Added b 1"], [await fixture.NextAsync(), await fixture.NextAsync()]);
        Assert.Equal(1, fixture.Server.Requests.Count("list"));
    }

    [Fact]
    public async Task A_deletion_while_disconnected_is_seen_when_the_server_has_forgotten_it()
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a"));
        fixture.Server.Put(Widget.FakeKind, Widget.Json("b"));
        fixture.Server.Inject(new Fault.EndWatch { Verb = "watch" });
        fixture.Run();
        await fixture.WatchesAsync(1);
        Assert.Equal(["Added a 1", "Added b 1"], [await fixture.NextAsync(), await fixture.NextAsync()]);
        fixture.Server.Delete(Widget.FakeKind, "default", "a");
        fixture.Server.ForgetChanges();
        await fixture.PassBackoffAsync(1);
        await fixture.PassBackoffAsync(2);
        Assert.Equal("Deleted a 1", await fixture.NextAsync());
        Assert.Null(fixture.Cached("a"));
        Assert.NotNull(fixture.Cached("b"));
        Assert.True(fixture.Sink.IsEmpty);
    }

    [Fact]
    public async Task An_object_made_anew_while_disconnected_is_a_deletion_and_a_creation()
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a", 1));
        fixture.Server.Inject(new Fault.EndWatch { Verb = "watch" });
        fixture.Run();
        await fixture.WatchesAsync(1);
        Assert.Equal("Added a 1", await fixture.NextAsync());
        fixture.Server.Delete(Widget.FakeKind, "default", "a");
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a", 2));
        fixture.Server.ForgetChanges();
        await fixture.PassBackoffAsync(1);
        await fixture.PassBackoffAsync(2);
        Assert.Equal(["Deleted a 1", "Added a 2"], [await fixture.NextAsync(), await fixture.NextAsync()]);
    }

    [Fact]
    public async Task Gone_as_an_event_leads_to_a_list_from_the_last_version()
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        var version = fixture.Server.ResourceVersion;
        fixture.Server.Inject(new Fault.WatchLine(Fault.ErrorEvent(410, "Expired")) { Verb = "watch" });
        fixture.Run();
        await fixture.PassBackoffAsync();
        var list = await fixture.Server.Requests.WaitForAsync(call => call.Verb == "list", 2, Stop);
        Assert.Equal($"?resourceVersion={version}", list.Query);
        await fixture.WatchesAsync(2);
    }

    [Fact]
    public async Task Gone_as_a_status_leads_to_a_list_from_the_last_version()
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        var version = fixture.Server.ResourceVersion;
        fixture.Server.Inject(new Fault.Refuse(410, "Expired") { Verb = "watch" });
        fixture.Run();
        await fixture.PassBackoffAsync();
        var list = await fixture.Server.Requests.WaitForAsync(call => call.Verb == "list", 2, Stop);
        Assert.Equal($"?resourceVersion={version}", list.Query);
        await fixture.WatchesAsync(1);
    }

    [Fact]
    public async Task A_list_whose_version_is_gone_is_made_from_the_newest_state()
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        fixture.Server.Inject(new Fault.Refuse(410, "Expired") { Verb = "list" });
        fixture.Run();
        await fixture.PassBackoffAsync();
        var list = await fixture.Server.Requests.WaitForAsync(call => call.Verb == "list", 2, Stop);
        Assert.Equal("?limit=500", list.Query);
        await fixture.WatchesAsync(1);
    }

    [Fact]
    public async Task A_server_restored_to_an_older_state_is_listed_from_the_newest_state()
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a"));
        var future = """{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"99999"}}}""";
        fixture.Server.Inject(new Fault.WatchLine($"{future}\n{Fault.ErrorEvent(500, "InternalError")}") { Verb = "watch" });
        fixture.Run();
        await fixture.PassBackoffAsync(1);
        Assert.Equal("?resourceVersion=99999", (await fixture.Server.Requests.WaitForAsync(call => call.Verb == "list", 2, Stop)).Query);
        await fixture.PassBackoffAsync(2);
        Assert.Equal("?limit=500", (await fixture.Server.Requests.WaitForAsync(call => call.Verb == "list", 3, Stop)).Query);
        await fixture.WatchesAsync(2);
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a", 2));
        Assert.Equal(["Added a 1", "Updated a 2"], [await fixture.NextAsync(), await fixture.NextAsync()]);
    }

    [Fact]
    public async Task A_list_of_the_newest_state_comes_in_pages()
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        for (var i = 0; i < 1001; i++)
            fixture.Server.Put(Widget.FakeKind, Widget.Json($"w{i}"));
        fixture.Server.Inject(new Fault.Refuse(410, "Expired") { Verb = "list" });
        fixture.Run();
        await fixture.PassBackoffAsync();
        await fixture.Reflector.WaitForSyncAsync(Stop);
        Assert.Equal(4, fixture.Server.Requests.Count("list"));
        Assert.Equal(1001, fixture.Reflector.Cache.List().Count);
    }

    [Fact]
    public async Task A_refused_watch_is_opened_again_not_before_Retry_After_and_without_a_list()
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        fixture.Server.Inject(new Fault.Refuse(429, "TooManyRequests", RetryAfterSeconds: 17) { Verb = "watch" });
        fixture.Run();
        Assert.Equal(TimeSpan.FromSeconds(17), await fixture.PassBackoffAsync());
        await fixture.WatchesAsync(1);
        Assert.Equal(1, fixture.Server.Requests.Count("list"));
    }

    [Fact]
    public async Task Backoff_doubles_while_the_server_fails_and_begins_anew_after_two_healthy_minutes()
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        fixture.Server.Inject(new Fault.Refuse(500, "InternalError") { Verb = "list", Times = 4 });
        fixture.Run();
        for (var i = 1; i <= 4; i++)
        {
            var shortest = TimeSpan.FromSeconds(0.4) * Math.Pow(2, i);
            Assert.InRange(await fixture.PassBackoffAsync(i), shortest, shortest * 2);
        }

        await fixture.WatchesAsync(1);
        await fixture.SettleAsync();
        // Timers are rounded to milliseconds, so the last back-off ended a little early.
        fixture.Time.Advance(TimeSpan.FromMinutes(2) + TimeSpan.FromMilliseconds(1));
        fixture.Server.Inject(new Fault.EndWatch { Verb = "watch" });
        fixture.Server.Inject(new Fault.Refuse(500, "InternalError") { Verb = "watch" });
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a"));
        await fixture.NextAsync();
        fixture.Server.EndWatches();
        Assert.InRange(await fixture.PassBackoffAsync(5), TimeSpan.FromSeconds(0.8), TimeSpan.FromSeconds(1.6));
    }

    [Fact]
    public async Task A_watch_that_ends_at_once_is_not_a_hot_loop()
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        fixture.Server.Inject(new Fault.EndWatch { Verb = "watch" });
        fixture.Run();
        await fixture.PassBackoffAsync();
        await fixture.WatchesAsync(2);
        Assert.Equal(1, fixture.Server.Requests.Count("list"));
    }

    [Fact]
    public async Task A_list_whose_body_stalls_is_given_up_after_its_deadline()
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a"));
        fixture.Server.Inject(new Fault.StallBody(150) { Verb = "list" });
        fixture.Run();
        await fixture.Server.Requests.WaitForAsync(call => call is { Verb: "list", Code: 200 }, 1, Stop);
        fixture.Time.Advance(TimeSpan.FromSeconds(60));
        await fixture.PassBackoffAsync();
        Assert.Equal("Added a 1", await fixture.NextAsync());
    }

    [Fact]
    public async Task A_list_that_is_cut_off_changes_nothing_and_is_made_again()
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a"));
        fixture.Server.Inject(new Fault.CutBody(150) { Verb = "list" });
        fixture.Run();
        await fixture.PassBackoffAsync();
        Assert.Equal("Added a 1", await fixture.NextAsync());
        Assert.True(fixture.Sink.IsEmpty);
    }

    [Fact]
    public async Task A_watch_whose_headers_never_come_is_given_up_after_30_s()
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        fixture.Server.Inject(new Fault.Freeze { Verb = "watch" });
        fixture.Run();
        await fixture.Server.Requests.WaitForAsync(call => call.Verb == "watch", 1, Stop);
        fixture.Time.Advance(TimeSpan.FromSeconds(30));
        await fixture.PassBackoffAsync();
        await fixture.WatchesAsync(1);
    }

    [Fact]
    public async Task A_watch_that_the_server_does_not_end_in_time_is_left()
    {
        // The server's clock is the real one, so for it the time does not pass: as if it had lost us.
        await using var fixture = await ReflectorFixture.CreateAsync();
        await fixture.RunUntilWatchingAsync();
        fixture.Time.Advance(fixture.Reflector.LongestSilence);
        await fixture.PassBackoffAsync();
        await fixture.WatchesAsync(2);
        Assert.Equal(1, fixture.Server.Requests.Count("list"));
    }

    [Fact]
    public async Task Events_that_come_twice_or_late_change_nothing()
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        fixture.Server.Inject(new Fault.RepeatEvents { Verb = "watch" });
        await fixture.RunUntilWatchingAsync();
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a", 1));
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a", 2));
        fixture.Server.Delete(Widget.FakeKind, "default", "a");
        fixture.Server.Put(Widget.FakeKind, Widget.Json("b", 1));
        Assert.Equal(["Added a 1", "Updated a 2", "Deleted a 2", "Added b 1"], [await fixture.NextAsync(), await fixture.NextAsync(), await fixture.NextAsync(), await fixture.NextAsync()]);
        fixture.Server.EndWatches();
        await fixture.WatchesAsync(2);
        Assert.True(fixture.Sink.IsEmpty);
        Assert.Null(fixture.Cached("a"));
    }

    [Fact]
    public async Task A_kind_that_is_not_installed_is_named_with_what_to_do()
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        fixture.Server.Inject(new Fault.Refuse(404, "NotFound") { Verb = "list" });
        fixture.Run();
        await fixture.PassBackoffAsync();
        await fixture.WatchesAsync(1);
        var warning = Assert.Single(fixture.Log.Collector.GetSnapshot(), record => record.Level == LogLevel.Warning);
        Assert.Contains("Install the CRD of widgets.contract.provisioning.test.", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancelled_reflector_ends_in_the_middle_of_a_frozen_list()
    {
        var fixture = await ReflectorFixture.CreateAsync();
        fixture.Server.Inject(new Fault.Freeze { Verb = "list" });
        fixture.Run();
        await fixture.Server.Requests.WaitForAsync(call => call.Verb == "list", 1, Stop);
        await fixture.DisposeAsync();
        Assert.False(fixture.Reflector.Cache.HasSynced);
    }
}

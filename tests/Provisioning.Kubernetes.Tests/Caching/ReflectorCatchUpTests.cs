using Provisioning.Kubernetes.Tests.Contract;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Kubernetes.Tests.Caching;

/// <summary>A reflector that is asked for a cache no older than the asking. The clock stands still, so nothing here waits for a deadline or a back-off.</summary>
public sealed class ReflectorCatchUpTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Leaves_a_watch_that_has_fallen_silent_and_lists_the_newest_state()
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        fixture.Server.Inject(new Fault.Freeze { Verb = "watch" });
        fixture.Run();
        await fixture.Server.Requests.WaitForAsync(call => call.Verb == "watch", 1, Stop);
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a", 3));
        Assert.Null(fixture.Cached("a"));

        await fixture.Reflector.CatchUpAsync(Stop);
        Assert.Equal(3, fixture.Cached("a")!.Spec!.Size);
        Assert.Equal("Added a 3", await fixture.NextAsync());
        Assert.Equal("?limit=500", fixture.Server.Requests.All.Last(call => call.Verb == "list").Query);
    }

    [Fact]
    public async Task Does_not_wait_for_the_end_of_a_backoff()
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        fixture.Server.Inject(new Fault.Refuse(500, "InternalError") { Verb = "watch" });
        fixture.Run();
        await fixture.Time.WaitForTimerAsync(length => length > TimeSpan.Zero && length < TimeSpan.FromSeconds(30), 1, Stop);
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a"));
        await fixture.Reflector.CatchUpAsync(Stop);
        Assert.NotNull(fixture.Cached("a"));
    }

    [Fact]
    public async Task A_list_that_was_under_way_before_is_not_new_enough()
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        fixture.Server.Inject(new Fault.Freeze { Verb = "list" });
        fixture.Run();
        await fixture.Server.Requests.WaitForAsync(call => call.Verb == "list", 1, Stop);
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a"));
        await Task.WhenAll(fixture.Reflector.CatchUpAsync(Stop), fixture.Reflector.CatchUpAsync(Stop));
        Assert.NotNull(fixture.Cached("a"));
        await fixture.WatchesAsync(1);
    }

    [Fact]
    public async Task Goes_on_watching_from_there_and_tells_of_nothing_twice()
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a"));
        await fixture.RunUntilWatchingAsync();
        Assert.Equal("Added a 1", await fixture.NextAsync());
        await fixture.Reflector.CatchUpAsync(Stop);
        await fixture.WatchesAsync(2);
        fixture.Server.Put(Widget.FakeKind, Widget.Json("b"));
        Assert.Equal("Added b 1", await fixture.NextAsync());
        Assert.True(fixture.Sink.IsEmpty);
        Assert.Equal(2, fixture.Server.Requests.Count("list"));
    }

    [Fact]
    public async Task One_that_is_cancelled_leaves_the_reflector_as_it_is()
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        fixture.Server.Inject(new Fault.Freeze { Verb = "list", Times = 2 });
        fixture.Run();
        await fixture.Server.Requests.WaitForAsync(call => call.Verb == "list", 1, Stop);
        using var enough = new CancellationTokenSource();
        var asking = fixture.Reflector.CatchUpAsync(enough.Token);
        await fixture.Server.Requests.WaitForAsync(call => call.Verb == "list", 2, Stop);
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        await fixture.Reflector.CatchUpAsync(Stop);
        await fixture.WatchesAsync(1);
    }
}

using Provisioning.Kubernetes.Caching;
using Provisioning.Kubernetes.Tests.Contract;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Kubernetes.Tests.Caching;

/// <summary>A reflector on a server in good order.</summary>
public sealed class ReflectorTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_first_list_is_of_the_newest_state_and_its_objects_are_marked_as_initial()
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a"));
        Assert.False(fixture.Reflector.Cache.HasSynced);
        await fixture.RunUntilWatchingAsync();

        Assert.Equal("?limit=500", fixture.Server.Requests.All[0].Query);
        var first = await fixture.Sink.NextAsync(Stop);
        Assert.Equal((ResourceEventKind.Added, "a", true), (first.Kind, first.Entity.Metadata.Name, first.IsInitialList));
        Assert.True(fixture.Reflector.Cache.HasSynced);
        fixture.Server.Put(Widget.FakeKind, Widget.Json("b"));
        Assert.False((await fixture.Sink.NextAsync(Stop)).IsInitialList);
    }

    [Fact]
    public async Task A_watch_asks_for_bookmarks_and_an_end_after_5_to_10_minutes()
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        var version = fixture.Server.ResourceVersion;
        await fixture.RunUntilWatchingAsync();
        var query = (await fixture.WatchesAsync(1)).Query;
        Assert.Contains("allowWatchBookmarks=true", query, StringComparison.Ordinal);
        Assert.Contains($"resourceVersion={version}", query, StringComparison.Ordinal);
        var seconds = int.Parse(query.Split("timeoutSeconds=")[1].Split('&')[0]);
        Assert.InRange(seconds, 300, 600);
    }

    [Fact]
    public async Task Changes_reach_cache_and_sink_in_order()
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        await fixture.RunUntilWatchingAsync();
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a", 1));
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a", 2));
        fixture.Server.Put(Widget.FakeKind, Widget.Json("b", 1));
        fixture.Server.Delete(Widget.FakeKind, "default", "a");
        Assert.Equal(["Added a 1", "Updated a 2", "Added b 1", "Deleted a 2"], [await fixture.NextAsync(), await fixture.NextAsync(), await fixture.NextAsync(), await fixture.NextAsync()]);
        Assert.Null(fixture.Cached("a"));
        Assert.Equal(1, fixture.Cached("b")!.Spec!.Size);
    }

    [Fact]
    public async Task A_watch_that_ends_in_good_order_is_opened_again_from_the_last_event_without_a_list()
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        await fixture.RunUntilWatchingAsync();
        var version = fixture.Server.Put(Widget.FakeKind, Widget.Json("a"));
        await fixture.NextAsync();
        fixture.Server.EndWatches();
        var second = await fixture.WatchesAsync(2);
        Assert.Contains($"resourceVersion={version}", second.Query, StringComparison.Ordinal);
        fixture.Server.Put(Widget.FakeKind, Widget.Json("b"));
        Assert.Equal("Added b 1", await fixture.NextAsync());
        Assert.Equal(1, fixture.Server.Requests.Count("list"));
    }

    [Fact]
    public async Task A_bookmark_is_the_resume_point()
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        await fixture.RunUntilWatchingAsync();
        fixture.Server.MoveVersionOn();
        var version = fixture.Server.ResourceVersion;
        fixture.Server.SendBookmarks();
        Assert.True(await fixture.Reflector.Cache.WaitForVersionAsync(new("default", "any"), version, TimeSpan.FromHours(1), Stop));
        fixture.Server.ForgetChanges();
        fixture.Server.EndWatches();
        Assert.Contains($"resourceVersion={version}", (await fixture.WatchesAsync(2)).Query, StringComparison.Ordinal);
        fixture.Server.Put(Widget.FakeKind, Widget.Json("b"));
        Assert.Equal("Added b 1", await fixture.NextAsync());
        Assert.Equal(1, fixture.Server.Requests.Count("list"));
    }

    [Fact]
    public async Task Only_one_namespace_is_asked_for_when_options_say_so()
    {
        await using var fixture = await ReflectorFixture.CreateAsync(new() { Namespace = "default" });
        await fixture.RunUntilWatchingAsync();
        Assert.All(fixture.Server.Requests.All, call => Assert.Equal("/apis/contract.provisioning.test/v1/namespaces/default/widgets", call.Path));
    }

    [Fact]
    public async Task An_index_follows_the_objects()
    {
        await using var fixture = await ReflectorFixture.CreateAsync(new()
        {
            Indexes = new Dictionary<string, Func<Widget, IEnumerable<string>>> { ["size"] = widget => [widget.Spec!.Size.ToString()] },
        });
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a", 1));
        fixture.Server.Put(Widget.FakeKind, Widget.Json("b", 1));
        await fixture.RunUntilWatchingAsync();
        await fixture.NextAsync();
        await fixture.NextAsync();
        Assert.Equal(2, fixture.Reflector.Cache.ByIndex("size", "1").Count);
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a", 2));
        await fixture.NextAsync();
        Assert.Equal(["b"], fixture.Reflector.Cache.ByIndex("size", "1").Select(widget => widget.Metadata.Name));
        Assert.Equal(["a"], fixture.Reflector.Cache.ByIndex("size", "2").Select(widget => widget.Metadata.Name));
        fixture.Server.Delete(Widget.FakeKind, "default", "a");
        await fixture.NextAsync();
        Assert.Empty(fixture.Reflector.Cache.ByIndex("size", "2"));
        Assert.Throws<ArgumentException>(() => fixture.Reflector.Cache.ByIndex("colour", "1"));
    }

    [Fact]
    public async Task Every_line_counts_as_activity()
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        await fixture.RunUntilWatchingAsync();
        fixture.Time.Advance(TimeSpan.FromMinutes(2));
        fixture.Server.Put(Widget.FakeKind, Widget.Json("a"));
        await fixture.NextAsync();
        Assert.Equal(fixture.Time.GetUtcNow(), fixture.Reflector.LastActivity);
        Assert.True(fixture.Reflector.LongestSilence > TimeSpan.FromMinutes(10));
    }
}

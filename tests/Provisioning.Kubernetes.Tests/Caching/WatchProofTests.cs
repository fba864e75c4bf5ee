using Provisioning.Api.Meta;
using Provisioning.Kubernetes.Caching;
using Provisioning.Kubernetes.Tests.Contract;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Kubernetes.Tests.Caching;

/// <summary>A reflector that is asked for a cache no older than the asking has its watch show a mark, and lists only where that fails. The clock stands still until a test moves it.</summary>
public sealed class WatchProofTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_watch_that_brings_the_mark_spares_the_list()
    {
        await using var fixture = await WatchingAsync();
        await fixture.Reflector.CatchUpAsync(Stop);
        Assert.Equal(1, fixture.Server.Requests.Count("list"));
        Assert.NotNull(MarkOf(fixture, "a"));
        Assert.Equal(MarkOf(fixture, "a"), fixture.Cached("a")!.Status!.WatchMark);
        Assert.Equal(1, fixture.Cached("a")!.Spec!.Size);
    }

    [Fact]
    public async Task One_object_carries_the_mark_whoever_is_the_next()
    {
        await using var fixture = await WatchingAsync();
        fixture.Server.Put(Widget.FakeKind, WithStatus("b"));
        await fixture.Reflector.CatchUpAsync(Stop);
        var first = MarkOf(fixture, "a");
        await fixture.Reflector.CatchUpAsync(Stop);
        Assert.NotEqual(first, MarkOf(fixture, "a"));
        Assert.Null(MarkOf(fixture, "b"));
    }

    [Fact]
    public async Task What_was_written_before_the_mark_is_there_first()
    {
        var gate = new TaskCompletionSource();
        await using var fixture = await BehindAsync(new Fault.Delay(gate.Task) { Verb = "watch" });
        fixture.Server.Put(Widget.FakeKind, WithStatus("a", 7));
        fixture.Server.Put(Widget.FakeKind, WithStatus("b"));
        var catchUp = fixture.Reflector.CatchUpAsync(Stop);
        await MarkedAsync(fixture);
        Assert.False(catchUp.IsCompleted);

        gate.SetResult();
        await catchUp;
        Assert.Equal(7, fixture.Cached("a")!.Spec!.Size);
        Assert.NotNull(fixture.Cached("b"));
        Assert.Equal(1, fixture.Server.Requests.Count("list"));
    }

    [Fact]
    public async Task A_watch_that_does_not_bring_the_mark_in_time_is_left_for_a_list()
    {
        await using var fixture = await BehindAsync(new Fault.Freeze { Verb = "watch" });
        fixture.Server.Put(Widget.FakeKind, WithStatus("b"));
        var catchUp = fixture.Reflector.CatchUpAsync(Stop);
        await MarkedAsync(fixture);
        Assert.Equal(1, fixture.Server.Requests.Count("list"));
        fixture.Time.Advance(WatchProof<Widget>.Patience);
        await catchUp;
        Assert.NotNull(fixture.Cached("b"));
        Assert.Equal("?limit=500", fixture.Server.Requests.All.Last(call => call.Verb == "list").Query);
        Assert.Contains(fixture.Log.Collector.GetSnapshot(), record => record.Message.EndsWith("listing everything anew. It did not come within 5 s.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(403, "Forbidden")]
    [InlineData(404, "NotFound")]
    [InlineData(409, "Conflict")]
    [InlineData(422, "Invalid")]
    public async Task Where_the_mark_is_refused_everything_is_listed(int code, string reason)
    {
        await using var fixture = await WatchingAsync();
        fixture.Server.Inject(new Fault.Refuse(code, reason) { Verb = "patch" });
        await fixture.Reflector.CatchUpAsync(Stop);
        Assert.Equal(2, fixture.Server.Requests.Count("list"));
    }

    [Fact]
    public async Task A_server_that_does_not_answer_to_the_mark_is_asked_for_a_list()
    {
        await using var fixture = await WatchingAsync();
        fixture.Server.Inject(new Fault.Freeze { Verb = "patch" });
        var catchUp = fixture.Reflector.CatchUpAsync(Stop);
        await fixture.Server.Requests.WaitForAsync(call => call.Verb == "patch", 1, Stop);
        fixture.Time.Advance(WatchProof<Widget>.Patience);
        await catchUp;
        Assert.Equal(2, fixture.Server.Requests.Count("list"));
    }

    [Fact]
    public async Task A_reply_that_was_lost_is_asked_for_again()
    {
        await using var fixture = await WatchingAsync();
        fixture.Server.Inject(new Fault.Drop(AfterEffect: true) { Verb = "patch" });
        var catchUp = fixture.Reflector.CatchUpAsync(Stop);
        await fixture.Time.WaitForTimerAsync(length => length > TimeSpan.Zero && length < TimeSpan.FromSeconds(1), 1, Stop);
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        await catchUp;
        Assert.Equal(2, fixture.Server.Requests.Count("patch"));
        Assert.Equal(1, fixture.Server.Requests.Count("list"));
    }

    [Fact]
    public async Task A_mark_that_the_server_prunes_proves_nothing()
    {
        await using var fixture = await WatchingAsync(Widget.Definition with { Marked = _ => new Pruned() });
        await fixture.Reflector.CatchUpAsync(Stop);
        Assert.Equal(2, fixture.Server.Requests.Count("list"));
        Assert.Contains(fixture.Log.Collector.GetSnapshot(), record => record.Message.Contains("the installed CRD is older than this program", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_version_that_is_not_new_proves_nothing_since_the_data_were_set_back()
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        fixture.Server.Put(Widget.FakeKind, WithStatus("a"));
        fixture.Server.Inject(new Fault.WatchLine("""{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"999999"}}}""") { Verb = "watch" });
        fixture.Run();
        Assert.True(await fixture.Reflector.Cache.WaitForVersionAsync(new("default", "a"), "999999", TimeSpan.FromDays(1), Stop));
        fixture.Server.Put(Widget.FakeKind, WithStatus("b"));
        await fixture.Reflector.CatchUpAsync(Stop);
        Assert.NotNull(fixture.Cached("b"));
        Assert.Equal(2, fixture.Server.Requests.Count("list"));
    }

    [Theory]
    [InlineData("""{"metadata":{"name":"a","namespace":"default"}}""")]
    [InlineData("""{"metadata":{"name":"a","namespace":"default","finalizers":["a.test/f"]},"status":{"phase":"Up"}}""")]
    public async Task An_object_without_a_status_and_one_that_is_being_deleted_get_no_mark(string json)
    {
        await using var fixture = await ReflectorFixture.CreateAsync();
        fixture.Server.Put(Widget.FakeKind, json);
        if (json.Contains("finalizers", StringComparison.Ordinal))
            fixture.Server.Delete(Widget.FakeKind, "default", "a");
        await fixture.RunUntilWatchingAsync();
        await fixture.Reflector.CatchUpAsync(Stop);
        Assert.Equal(0, fixture.Server.Requests.Count("patch"));
        Assert.Equal(2, fixture.Server.Requests.Count("list"));
    }

    [Fact]
    public async Task Who_has_enough_is_not_held_up_and_no_list_follows()
    {
        await using var fixture = await BehindAsync(new Fault.Freeze { Verb = "watch" });
        using var enough = new CancellationTokenSource();
        var catchUp = fixture.Reflector.CatchUpAsync(enough.Token);
        await MarkedAsync(fixture);
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => catchUp);
        Assert.Equal(1, fixture.Server.Requests.Count("list"));
    }

    private static async Task<ReflectorFixture> WatchingAsync(ResourceDefinition<Widget>? definition = null)
    {
        var fixture = await ReflectorFixture.CreateAsync(definition: definition);
        fixture.Server.Put(Widget.FakeKind, WithStatus("a"));
        await fixture.RunUntilWatchingAsync();
        return fixture;
    }

    /// <summary>One that has listed a widget "a" and whose watch has these faults.</summary>
    private static async Task<ReflectorFixture> BehindAsync(params Fault[] faults)
    {
        var fixture = await ReflectorFixture.CreateAsync();
        fixture.Server.Put(Widget.FakeKind, WithStatus("a"));
        foreach (var fault in faults)
            fixture.Server.Inject(fault);
        fixture.Run();
        await fixture.Reflector.WaitForSyncAsync(Stop);
        await fixture.Server.Requests.WaitForAsync(call => call.Verb == "watch", 1, Stop);
        return fixture;
    }

    private static Task<FakeCall> MarkedAsync(ReflectorFixture fixture) => fixture.Server.Requests.WaitForAsync(call => call is { Verb: "patch", Resource: "widgets/status", Code: 200 }, 1, Stop);

    private static string? MarkOf(ReflectorFixture fixture, string name) => (string?)fixture.Server.Find(Widget.FakeKind, "default", name)!["status"]!["watchMark"];

    private static string WithStatus(string name, int size = 1) =>
        $$$"""{"metadata":{"name":"{{{name}}}","namespace":"default"},"spec":{"size":{{{size}}}},"status":{"phase":"Up"}}""";

    private sealed class Pruned : IMarkedStatus
    {
        public string? WatchMark => null;
    }
}

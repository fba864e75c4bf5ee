using Microsoft.Extensions.Logging.Abstractions;
using Provisioning.Kubernetes.Caching;
using Provisioning.Kubernetes.Tests.Contract;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Kubernetes.Tests.Caching;

/// <summary>One kind over all namespaces or over some.</summary>
public sealed class ScopedReflectorTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _ends = new();
    private readonly RecordingSink _sink = new();
    private FakeApiServer _server = null!;
    private Task _run = Task.CompletedTask;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await FakeApiServer.StartAsync([Widget.FakeKind]);

    public async ValueTask DisposeAsync()
    {
        await _ends.CancelAsync();
        await _run;
        await _server.DisposeAsync();
        _ends.Dispose();
    }

    [Fact]
    public async Task Of_several_namespaces_each_is_listed_and_watched_by_itself_and_nothing_else_is_asked_for()
    {
        Put("a", "one");
        Put("b", "two");
        Put("c", "three");
        var reflector = await RunAsync("one", "two");
        await WatchesAsync(2);

        Assert.Equal(["one", "one", "two", "two"], _server.Requests.All.Select(call => call.Namespace).Order());
        Assert.Equal(["a", "b"], reflector.Cache.List().Select(widget => widget.Metadata.Name).Order());
        Assert.Equal("b", reflector.Cache.Get(new("two", "b"))!.Metadata.Name);
        Assert.Null(reflector.Cache.Get(new("three", "c")));
        Assert.Empty(reflector.Cache.List("three"));
        Assert.Equal(["a"], reflector.Cache.List("one").Select(widget => widget.Metadata.Name));
        Assert.Equal(["a", "b"], reflector.Cache.ByIndex("size", "1").Select(widget => widget.Metadata.Name).Order());
    }

    [Fact]
    public async Task Sinks_are_told_of_changes_in_every_one_of_them()
    {
        var reflector = await RunAsync("one", "two");
        await WatchesAsync(2);
        Put("a", "two");
        Assert.Equal("Added a 1", await _sink.NextTextAsync(Stop));
        Put("b", "three");
        Put("c", "one");
        Assert.Equal("Added c 1", await _sink.NextTextAsync(Stop));
        Assert.True(reflector.Cache.HasSynced);
    }

    /// <summary>Else a controller would look at an object as it was before its own write, since a younger object of another namespace came in.</summary>
    [Fact]
    public async Task What_was_seen_in_one_namespace_says_nothing_about_another()
    {
        var reflector = await RunAsync("one", "two");
        await WatchesAsync(2);
        var version = Put("a", "two");
        Assert.Equal("Added a 1", await _sink.NextTextAsync(Stop));
        Assert.True(await reflector.Cache.WaitForVersionAsync(new("two", "a"), version, TimeSpan.Zero, Stop));
        Assert.False(await reflector.Cache.WaitForVersionAsync(new("one", "a"), version, TimeSpan.Zero, Stop));
        Assert.False(await reflector.Cache.WaitForVersionAsync(new("three", "a"), version, TimeSpan.Zero, Stop));
    }

    [Fact]
    public async Task It_is_synced_when_all_of_them_are()
    {
        var mayBeListed = new TaskCompletionSource();
        _server.Inject(new Fault.Delay(mayBeListed.Task) { Verb = "list" });
        var reflector = Run("one", "two");
        await WatchesAsync(1);
        Assert.False(reflector.Cache.HasSynced);
        mayBeListed.SetResult();
        await reflector.WaitForSyncAsync(Stop);
        Assert.True(reflector.Cache.HasSynced);
    }

    [Fact]
    public async Task Without_names_one_list_is_for_all()
    {
        Put("a", "one");
        Put("b", "two");
        var reflector = await RunAsync();
        await WatchesAsync(1);
        Assert.Equal(["list ", "watch "], _server.Requests.All.Select(call => $"{call.Verb} {call.Namespace}"));
        Assert.Equal(2, reflector.Cache.List().Count);
    }

    private async Task<ScopedReflector<Widget>> RunAsync(params string[] namespaces)
    {
        var reflector = Run(namespaces);
        await reflector.WaitForSyncAsync(Stop);
        for (var listed = reflector.Cache.List().Count; listed > 0; listed--)
            await _sink.NextTextAsync(Stop);
        return reflector;
    }

    private ScopedReflector<Widget> Run(params string[] namespaces)
    {
        var connection = _server.Connect();
        var reflector = new ScopedReflector<Widget>(namespaces, name => new(
            connection,
            Widget.Definition,
            new() { Namespace = name, Indexes = new Dictionary<string, Func<Widget, IEnumerable<string>>> { ["size"] = widget => [$"{widget.Spec!.Size}"] } },
            TimeProvider.System,
            new Random(1),
            NullLogger<ResourceReflector<Widget>>.Instance));
        reflector.AddSink(_sink);
        _run = reflector.RunAsync(_ends.Token);
        return reflector;
    }

    private string Put(string name, string @namespace) =>
        _server.Put(Widget.FakeKind, Widget.Json(name).Replace("\"default\"", $"\"{@namespace}\"", StringComparison.Ordinal));

    private Task<FakeCall> WatchesAsync(int count) => _server.Requests.WaitForAsync(call => call is { Verb: "watch", Code: 200 }, count, Stop);
}

using Provisioning.Kubernetes.Finalizers;
using Provisioning.Kubernetes.Rest;
using Provisioning.Kubernetes.Tests.Controllers;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Kubernetes.Tests.Finalizers;

public sealed class EntityFinalizersTests : IAsyncLifetime
{
    private const string Ours = "test.dev/finalizer";

    private FakeApiServer _server = null!;
    private IResourceClient<Widget> _client = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await FakeApiServer.StartAsync([Widget.FakeKind]);
        _client = _server.Connect().Client(Widget.Definition);
        _server.Put(Widget.FakeKind, Widget.Json("a", 1));
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Adds_and_removes_once_and_leaves_the_others()
    {
        var widget = await ReadAsync();
        var added = await _client.AddFinalizerAsync(widget, "other.dev/finalizer", Cancellation);
        added = await _client.AddFinalizerAsync(added, Ours, Cancellation);
        Assert.Same(added, await _client.AddFinalizerAsync(added, Ours, Cancellation));
        Assert.Equal(["other.dev/finalizer", Ours], (await ReadAsync()).Metadata.Finalizers!);
        var removed = await _client.RemoveFinalizerAsync(added, Ours, Cancellation);
        Assert.Same(removed, await _client.RemoveFinalizerAsync(removed!, Ours, Cancellation));
        Assert.Equal(["other.dev/finalizer"], (await ReadAsync()).Metadata.Finalizers!);
        Assert.Equal(3, _server.Requests.Count("patch"));
        Assert.Null(widget.Metadata.Finalizers);
    }

    [Fact]
    public async Task A_change_by_someone_else_is_a_conflict_and_nothing_is_lost()
    {
        var stale = await ReadAsync();
        await _client.AddFinalizerAsync(stale, "other.dev/finalizer", Cancellation);
        var refusal = await Assert.ThrowsAsync<KubernetesApiException>(() => _client.AddFinalizerAsync(stale, Ours, Cancellation));
        Assert.True(refusal.IsConflict);
        Assert.Equal(["other.dev/finalizer"], (await ReadAsync()).Metadata.Finalizers!);
    }

    [Fact]
    public async Task Removing_the_last_one_lets_a_deleted_object_go()
    {
        var widget = await _client.AddFinalizerAsync(await ReadAsync(), Ours, Cancellation);
        await _client.DeleteAsync(Widget.Key("a"), null, Cancellation);
        var deleting = await ReadAsync();
        Assert.NotNull(deleting.Metadata.DeletionTimestamp);
        await _client.RemoveFinalizerAsync(deleting, Ours, Cancellation);
        Assert.Null(await _client.GetAsync(Widget.Key("a"), Cancellation));
        Assert.Null(await _client.RemoveFinalizerAsync(widget, Ours, Cancellation));
    }

    private async Task<Widget> ReadAsync() => (await _client.GetAsync(Widget.Key("a"), Cancellation))!;
}

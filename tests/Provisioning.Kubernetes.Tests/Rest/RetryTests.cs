using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Provisioning.Kubernetes.Rest;
using Provisioning.Kubernetes.Tests.Contract;
using Provisioning.Testing;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Kubernetes.Tests.Rest;

public sealed class RetryTests : IAsyncLifetime
{
    private static readonly NamespacedName Key = new("default", "a");
    private readonly ObservableTime _time = new();
    private FakeApiServer _server = null!;
    private IResourceClient<Widget> _client = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await FakeApiServer.StartAsync([Widget.FakeKind]);
        _server.Put(Widget.FakeKind, Widget.Json("a"));
        _client = _server.Connect(_time).Client(Widget.Definition);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task An_overloaded_server_is_left_alone_as_long_as_it_asks()
    {
        _server.Inject(new Fault.Refuse(429, "TooManyRequests", RetryAfterSeconds: 7) { Times = 2 });
        var get = _client.GetAsync(Key, Stop);
        await PassAsync(TimeSpan.FromSeconds(7), 1);
        await PassAsync(TimeSpan.FromSeconds(7), 2);
        Assert.NotNull(await get);
        Assert.Equal(3, _server.Requests.Count("get"));
    }

    [Fact]
    public async Task A_creation_that_was_refused_by_429_is_made_again()
    {
        _server.Inject(new Fault.Refuse(429, "TooManyRequests", RetryAfterSeconds: 1));
        var create = _client.CreateAsync(Widget.Named("b"), Stop);
        await PassAsync(TimeSpan.FromSeconds(1), 1);
        Assert.Equal("b", (await create).Metadata.Name);
    }

    [Fact]
    public async Task The_server_cannot_ask_for_more_than_30_s()
    {
        _server.Inject(new Fault.Refuse(503, "ServiceUnavailable", RetryAfterSeconds: 3600));
        var get = _client.GetAsync(Key, Stop);
        await PassAsync(TimeSpan.FromSeconds(30), 1);
        Assert.NotNull(await get);
    }

    [Fact]
    public async Task A_wait_can_be_cancelled()
    {
        using var caller = new CancellationTokenSource();
        _server.Inject(new Fault.Refuse(429, "TooManyRequests", RetryAfterSeconds: 20));
        var get = _client.GetAsync(Key, caller.Token);
        await _time.WaitForTimerAsync(length => length == TimeSpan.FromSeconds(20), 1, Stop);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => get);
    }

    [Fact]
    public async Task Overload_is_given_up_after_10_tries()
    {
        _server.Inject(new Fault.Refuse(429, "TooManyRequests", RetryAfterSeconds: 0) { Times = 100 });
        var get = _client.GetAsync(Key, Stop);
        // A server that asks for no wait gets the usual ones.
        for (var tries = 1; tries < 10; tries++)
            _time.Advance(await _time.WaitForTimerAsync(length => length > TimeSpan.Zero && length < TimeSpan.FromSeconds(7), tries, Stop));
        var refusal = await Assert.ThrowsAsync<KubernetesApiException>(() => get);
        Assert.Equal(HttpStatusCode.TooManyRequests, refusal.StatusCode);
        Assert.Equal(10, _server.Requests.Count("get"));
    }

    [Fact]
    public async Task A_read_that_failed_in_the_server_is_made_again_with_growing_waits()
    {
        _server.Inject(new Fault.Refuse(500, "InternalError") { Times = 2 });
        var get = _client.GetAsync(Key, Stop);
        Assert.InRange(await PassRetryAsync(1), TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(120));
        Assert.InRange(await PassRetryAsync(2), TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(240));
        Assert.NotNull(await get);
    }

    [Fact]
    public async Task A_write_that_failed_in_the_server_is_the_callers_to_repeat()
    {
        _server.Inject(new Fault.Refuse(500, "InternalError"));
        await Assert.ThrowsAsync<KubernetesApiException>(() => _client.PatchAsync(Key, new JsonObject(), PatchKind.Merge, null, Stop));
        Assert.Equal(1, _server.Requests.Count("patch"));
    }

    [Fact]
    public async Task A_creation_whose_answer_is_lost_is_never_repeated()
    {
        _server.Inject(new Fault.Drop(AfterEffect: true) { Verb = "create" });
        await Assert.ThrowsAsync<HttpRequestException>(() => _client.CreateAsync(Widget.Named("b"), Stop));
        Assert.Equal(1, _server.Requests.Count("create"));
        Assert.NotNull(_server.Find(Widget.FakeKind, "default", "b"));
    }

    [Fact]
    public async Task A_JSON_patch_whose_answer_is_lost_is_never_repeated()
    {
        _server.Inject(new Fault.Drop(AfterEffect: true) { Verb = "patch" });
        var patch = new JsonArray(new JsonObject { ["op"] = "replace", ["path"] = "/spec/size", ["value"] = 2 });
        await Assert.ThrowsAsync<HttpRequestException>(() => _client.PatchAsync(Key, patch, PatchKind.Json, null, Stop));
        Assert.Equal(1, _server.Requests.Count("patch"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_merge_patch_whose_answer_is_lost_is_repeated(bool afterEffect)
    {
        _server.Inject(new Fault.Drop(afterEffect) { Verb = "patch" });
        var patch = _client.PatchAsync(Key, new JsonObject { ["status"] = new JsonObject { ["phase"] = "Ready" } }, PatchKind.Merge, "status", Stop);
        await PassRetryAsync(1);
        Assert.Equal("Ready", (await patch).Status!.Phase);
        Assert.Equal(2, _server.Requests.Count("patch", "widgets/status"));
    }

    [Fact]
    public async Task A_deletion_whose_answer_is_lost_is_success()
    {
        _server.Inject(new Fault.Drop(AfterEffect: true) { Verb = "delete" });
        var delete = _client.DeleteAsync(Key, uid: null, Stop);
        await PassRetryAsync(1);
        await delete;
        Assert.Equal(2, _server.Requests.Count("delete"));
    }

    [Fact]
    public async Task A_replacement_whose_answer_is_lost_ends_as_a_conflict_not_as_a_second_write()
    {
        var entity = (await _client.GetAsync(Key, Stop))!;
        entity.Spec!.Size = 5;
        _server.Inject(new Fault.Drop(AfterEffect: true) { Verb = "update" });
        var replace = _client.ReplaceAsync(entity, Stop);
        await PassRetryAsync(1);
        Assert.True((await Assert.ThrowsAsync<KubernetesApiException>(() => replace)).IsConflict);
        Assert.Equal(2, _server.Find(Widget.FakeKind, "default", "a")!["metadata"]!["generation"]!.GetValue<long>());
    }

    [Fact]
    public async Task A_read_whose_body_breaks_off_is_repeated()
    {
        _server.Inject(new Fault.CutBody(30));
        var get = _client.GetAsync(Key, Stop);
        await PassRetryAsync(1);
        Assert.NotNull(await get);
    }

    [Fact]
    public async Task Even_a_creation_waits_for_a_server_that_is_not_there_yet()
    {
        // Bound and not listened at: connections are refused, and nobody else gets the port before the server that shares it.
        using var held = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        held.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)held.LocalEndPoint!).Port;
        using var connection = Connections.To(new Uri($"http://127.0.0.1:{port}"), _time);
        var create = connection.Client(Widget.Definition).CreateAsync(Widget.Named("b"), Stop);
        var wait = await _time.WaitForTimerAsync(IsRetry, 1, Stop);
        await using var late = await FakeApiServer.StartAsync([Widget.FakeKind], port: port);
        _time.Advance(wait);
        Assert.Equal("b", (await create).Metadata.Name);
    }

    [Fact]
    public async Task A_body_that_stalls_ends_with_the_deadline()
    {
        _server.Inject(new Fault.StallBody(30));
        var get = _client.GetAsync(Key, Stop);
        await _server.Requests.WaitForAsync(call => call.Code == 200, 1, Stop);
        _time.Advance(ApiTransport.DefaultDeadline);
        var failure = await Assert.ThrowsAsync<TimeoutException>(() => get);
        Assert.Contains("widgets.contract.provisioning.test default/a", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Headers_that_never_come_end_with_the_deadline_and_nothing_is_repeated()
    {
        _server.Inject(new Fault.Freeze());
        var get = _client.GetAsync(Key, Stop);
        await _server.Requests.WaitForAsync(call => call.Verb == "get", 1, Stop);
        _time.Advance(ApiTransport.DefaultDeadline);
        await Assert.ThrowsAsync<TimeoutException>(() => get);
        Assert.Equal(1, _server.Requests.Count("get"));
    }

    [Fact]
    public async Task Slow_headers_inside_the_deadline_are_waited_for()
    {
        var release = new TaskCompletionSource();
        _server.Inject(new Fault.Delay(release.Task));
        var get = _client.GetAsync(Key, Stop);
        await _server.Requests.WaitForAsync(call => call.Verb == "get", 1, Stop);
        _time.Advance(TimeSpan.FromSeconds(59));
        release.SetResult();
        Assert.NotNull(await get);
    }

    private static bool IsRetry(TimeSpan length) => length > TimeSpan.Zero && length < TimeSpan.FromSeconds(1);

    private async Task PassAsync(TimeSpan wait, int count)
    {
        await _time.WaitForTimerAsync(length => length == wait, count, Stop);
        _time.Advance(wait);
    }

    private async Task<TimeSpan> PassRetryAsync(int count)
    {
        var wait = await _time.WaitForTimerAsync(IsRetry, count, Stop);
        _time.Advance(wait);
        return wait;
    }
}

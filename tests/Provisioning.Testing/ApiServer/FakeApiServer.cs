using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Provisioning.Kubernetes.Rest;

namespace Provisioning.Testing.ApiServer;

/// <summary>
/// An API server in memory on a real loopback socket, with switches for everything that goes wrong between a client and a server. It knows no
/// schemas, selectors, admission, RBAC or garbage collection; what it does know is held to a real kube-apiserver by a contract suite.
/// </summary>
public sealed class FakeApiServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly FakeStore _store;
    private readonly FakeWatches _watches;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopped = new();
    private readonly ConcurrentQueue<FakeKind> _kinds = new(FakeKind.BuiltIn);
    private readonly ConcurrentQueue<Fault> _faults = new();
    private readonly List<IDisposable> _owned = [];

    private FakeApiServer(TimeProvider time, int port, int logCapacity)
    {
        _time = time;
        _store = new FakeStore(time, logCapacity);
        _watches = new FakeWatches(_store, Requests, time);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, port));
        _app = builder.Build();
        _app.Run(ServeAsync);
    }

    /// <summary>All requests so far.</summary>
    public FakeRequestLog Requests { get; } = new();

    /// <summary>Address.</summary>
    public Uri Address => new(_app.Urls.First());

    /// <summary>Version of the newest change.</summary>
    public string ResourceVersion => _store.Version.ToString();

    /// <summary>Starts a server.</summary>
    /// <param name="kinds">Kinds beside <see cref="FakeKind.BuiltIn"/>.</param>
    /// <param name="time">Clock of time stamps and of the length of watches; null for the system's.</param>
    /// <param name="port">Port; 0 for a free one.</param>
    /// <param name="logCapacity">Changes that watches can go back.</param>
    public static async Task<FakeApiServer> StartAsync(IEnumerable<FakeKind> kinds, TimeProvider? time = null, int port = 0, int logCapacity = 10_000)
    {
        var server = new FakeApiServer(time ?? TimeProvider.System, port, logCapacity);
        foreach (var kind in kinds)
            server._kinds.Enqueue(kind);
        await server._app.StartAsync();
        return server;
    }

    /// <summary>Makes a connection to this server that ends with it.</summary>
    /// <param name="time">Clock of the connection; null for the system's.</param>
    /// <param name="seed">Seed of its random numbers.</param>
    public KubernetesConnection Connect(TimeProvider? time = null, int seed = 1)
    {
        var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var configuration = new KubernetesClientConfiguration { Host = Address.ToString() };
        var connection = new KubernetesConnection(
            configuration, time ?? TimeProvider.System, new Random(seed), services.GetRequiredService<IMeterFactory>(), NullLogger<KubernetesConnection>.Instance);
        lock (_owned)
            _owned.AddRange([connection, services]);
        return connection;
    }

    /// <summary>A kubeconfig for this server, for programs that are started by a test.</summary>
    public string Kubeconfig() =>
        $"""
        apiVersion: v1
        kind: Config
        current-context: fake
        clusters:
        - name: fake
          cluster:
            server: {Address}
        users:
        - name: fake
          user:
            token: fake
        contexts:
        - name: fake
          context:
            cluster: fake
            user: fake
            namespace: default
        """;

    /// <summary>Adds a fault; of several that fit, the first one that is not spent hits.</summary>
    public T Inject<T>(T fault)
        where T : Fault
    {
        _faults.Enqueue(fault);
        return fault;
    }

    /// <summary>Puts an object there, or replaces it with all of its parts, as somebody else would do; gives its version.</summary>
    /// <param name="kind">Kind.</param>
    /// <param name="json">The object.</param>
    public string Put(FakeKind kind, string json)
    {
        var body = (JsonObject)JsonNode.Parse(json)!;
        var (ns, name) = ((string?)body["metadata"]!["namespace"] ?? "", (string)body["metadata"]!["name"]!);
        FakeObject stored;
        try
        {
            stored = _store.Update(kind, ns, name, subresource: null, mustHaveVersion: false, _ => (JsonObject)body.DeepClone());
        }
        catch (FakeRefusal refusal) when (refusal.Code == 404)
        {
            stored = _store.Create(kind, ns, body);
        }

        if (kind.HasStatus && body.ContainsKey("status"))
            stored = _store.Update(kind, ns, name, "status", mustHaveVersion: false, current => With(current, body["status"]));
        return stored.Version.ToString();
    }

    /// <summary>Changes an object, as somebody else would do with a patch: whatever is written at the same time stays.</summary>
    /// <param name="kind">Kind.</param>
    /// <param name="ns">Namespace.</param>
    /// <param name="name">Name.</param>
    /// <param name="change">Gets the object as it is at that moment.</param>
    public void Change(FakeKind kind, string ns, string name, Action<JsonObject> change) =>
        _store.Update(kind, ns, name, subresource: null, mustHaveVersion: false, entity =>
        {
            change(entity);
            return entity;
        });

    /// <summary>Deletes an object, as somebody else would do.</summary>
    public void Delete(FakeKind kind, string ns, string name) => _store.Delete(kind, ns, name, options: null);

    /// <summary>An object as it is stored; null if there is none.</summary>
    public JsonObject? Find(FakeKind kind, string ns, string name) =>
        _store.List(kind, ns).Items.Select(item => item.Copy()).FirstOrDefault(item => (string?)item["metadata"]!["name"] == name);

    /// <summary>All objects of a kind as they are stored.</summary>
    public IReadOnlyList<JsonObject> List(FakeKind kind, string ns = "") => [.. _store.List(kind, ns).Items.Select(item => item.Copy())];

    /// <summary>Forgets all changes so far: watches from an older version get 410.</summary>
    public void ForgetChanges() => _store.ForgetLog();

    /// <summary>Moves the version on, as writes of other kinds do.</summary>
    public void MoveVersionOn() => _store.Touch();

    /// <summary>Ends all open watches in good order, as at the end of their time.</summary>
    public void EndWatches() => _watches.End();

    /// <summary>Sends a bookmark to all open watches.</summary>
    public void SendBookmarks() => _watches.Bookmark();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync();
        _owned.ForEach(owned => owned.Dispose());
        using var now = new CancellationTokenSource(TimeSpan.Zero, TimeProvider.System);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        _watches.Dispose();
        _stopped.Dispose();
    }

    private static JsonObject With(JsonObject entity, JsonNode? status)
    {
        entity["status"] = status?.DeepClone();
        return entity;
    }

    private async Task ServeAsync(HttpContext context)
    {
        var request = await ReadAsync(context.Request);
        var call = FakeCall.Parse(request, _kinds);
        Requests.Add(call);
        using var stopped = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _stopped.Token);
        try
        {
            await AnswerAsync(context, request, call, _faults.FirstOrDefault(fault => fault.TryHit(call)), stopped.Token);
        }
        catch (OperationCanceledException) when (stopped.IsCancellationRequested)
        {
            context.Abort();
        }
        catch (Exception failure) when (!context.Response.HasStarted)
        {
            await SendAsync(context, call, 500, FakeRefusal.Status(500, "InternalError", $"the fake API server failed: {failure}").ToJsonString(), fault: null, stopped.Token);
        }
    }

    private static async Task<FakeRequest> ReadAsync(HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        return new(request.Method, request.Path.Value ?? "", request.QueryString.Value ?? "", request.ContentType, body.ToArray());
    }

    private async Task AnswerAsync(HttpContext context, FakeRequest request, FakeCall call, Fault? fault, CancellationToken stopped)
    {
        if (fault is Fault.Freeze)
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, stopped);
        if (fault is Fault.Delay delay)
            await delay.Until.WaitAsync(stopped);
        if (fault is Fault.Refuse refuse)
        {
            if (refuse.RetryAfterSeconds is { } seconds)
                context.Response.Headers.RetryAfter = seconds.ToString();
            await SendAsync(context, call, refuse.Code, FakeRefusal.Status(refuse.Code, refuse.Reason, "said so by a test").ToJsonString(), fault: null, stopped);
            return;
        }

        if (fault is Fault.Drop { AfterEffect: false })
        {
            Requests.Answered(call, 0);
            context.Abort();
            return;
        }

        if (call is { Verb: "watch", Kind: not null })
        {
            await _watches.ServeAsync(context, call, fault, stopped);
            return;
        }

        var (code, body) = new FakeHandlers(_store).Handle(request, call);
        if (fault is Fault.Drop)
        {
            Requests.Answered(call, 0);
            context.Abort();
            return;
        }

        await SendAsync(context, call, code, body, fault, stopped);
    }

    private async Task SendAsync(HttpContext context, FakeCall call, int code, string body, Fault? fault, CancellationToken stopped)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json";
        Requests.Answered(call, code);
        var part = fault switch
        {
            Fault.StallBody stall => stall.Bytes,
            Fault.CutBody cut => cut.Bytes,
            _ => bytes.Length,
        };
        await context.Response.Body.WriteAsync(bytes.AsMemory(0, Math.Min(part, bytes.Length)), stopped);
        await context.Response.Body.FlushAsync(stopped);
        if (fault is Fault.StallBody)
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, stopped);
        if (fault is Fault.CutBody)
            context.Abort();
    }
}

using System.Text;
using System.Text.Json.Nodes;
using Provisioning.Simulation.Machines;
using Provisioning.Simulation.Worlds;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Simulation.Clusters;

/// <summary>The API server: the store of the tests' fake one, which a contract suite holds to a real one, behind a network that does what it wants.</summary>
internal sealed class SimulatedApi
{
    private readonly World _world;
    private readonly FakeStore _store;
    private readonly FakeHandlers _handlers;
    private readonly List<FakeChange> _history = [];
    private readonly List<Watch> _watches = [];
    private long _published;

    public SimulatedApi(World world)
    {
        _world = world;
        _store = new(world.Clock, logCapacity: 20_000, NewUid);
        _handlers = new(_store);
        _published = _store.Version;
    }

    /// <summary>Writes that operators asked for, whether they changed anything or not, by resource.</summary>
    public SortedDictionary<string, int> Writes { get; } = new(StringComparer.Ordinal);

    public IReadOnlyList<FakeObject> List(FakeKind kind) => _store.List(kind, "").Items;

    public FakeObject? Find(FakeKind kind, string name) => _store.Find(kind, Kinds.Namespace, name);

    /// <summary>Puts an object there or replaces its spec, as kubectl apply does.</summary>
    public void Put(FakeKind kind, JsonObject body)
    {
        var name = (string)body["metadata"]!["name"]!;
        try
        {
            if (_store.Find(kind, Kinds.Namespace, name) is not null)
            {
                _store.Update(kind, Kinds.Namespace, name, subresource: null, mustHaveVersion: false, current =>
                {
                    foreach (var part in body.Where(part => part.Key is "spec" or "data"))
                        current[part.Key] = part.Value!.DeepClone();
                    return current;
                });
            }
            else
            {
                _store.Create(kind, Kinds.Namespace, body);
            }
        }
        catch (FakeRefusal refusal)
        {
            _world.Trace.Add("people", $"were refused: {refusal.Message}");
        }

        Publish(by: null);
    }

    public void Delete(FakeKind kind, string name)
    {
        if (_store.Find(kind, Kinds.Namespace, name) is null)
            return;
        _store.Delete(kind, Kinds.Namespace, name, options: null);
        Publish(by: null);
    }

    /// <summary>Drops what the connections of dead processes hold.</summary>
    public void Close()
    {
        _watches.Clear();
        _history.Clear();
    }

    /// <summary>etcd is compacted: watches from older versions get 410.</summary>
    public void Forget()
    {
        _store.ForgetLog();
        foreach (var watch in _watches.ToList())
            watch.Break();
    }

    /// <summary>The connections of an operator are cut, or those of all.</summary>
    public void BreakWatches(OperatorProcess? of)
    {
        foreach (var watch in _watches.Where(watch => of is null || watch.IsOf(of)).ToList())
            watch.Cut();
    }

    public async Task<HttpResponseMessage> SendAsync(OperatorProcess process, HttpRequestMessage message, CancellationToken cancellationToken)
    {
        var request = await ToRequestAsync(message, cancellationToken);
        var call = FakeCall.Parse(request, Kinds.All);
        var what = $"{call.Verb} {call.Resource}{(call.Name.Length > 0 ? $" {call.Name}" : "")}";
        _world.Checks.Asks(process, call, request);
        if (_world.Outages.Hits(process))
            throw await _world.Outages.LoseAsync(cancellationToken);
        var fault = _world.Faults.AtCall(isApi: true, hasEffect: call.Verb is "create" or "update" or "patch" or "delete", call.Verb);
        var reply = await process.CallAsync(what, fault, () => Answer(process, request, call, what, fault), Wire.Lost, cancellationToken);
        if (_world.Outages.Hits(process))
            throw Wire.Lost(wasSent: true);
        if (reply.Watch is not null)
            return Wire.Response(200, reply.Watch);
        if (reply.Version > 0 && fault is not (FaultKind.StalledBody or FaultKind.CutBody))
            _world.Checks.Heard(process, call.Kind!, name: null, reply.Version);
        var response = Wire.Response(reply.Code, Body(reply.Body, fault));
        if (fault == FaultKind.TooManyRequests && _world.Random.Next(2) == 0)
            response.Headers.RetryAfter = new(TimeSpan.FromSeconds(_world.Random.Next(1, 20)));
        return response;
    }

    private Reply Answer(OperatorProcess process, FakeRequest request, FakeCall call, string what, FaultKind? fault)
    {
        if (_world.Outages.Hits(process))
            throw Wire.Lost(wasSent: true);
        var (code, reason) = fault switch
        {
            FaultKind.Conflict when call.Verb is "patch" or "update" => (409, "Conflict"),
            FaultKind.TooManyRequests => (429, "TooManyRequests"),
            FaultKind.ServerError => (500, "InternalError"),
            FaultKind.Unavailable => (503, "ServiceUnavailable"),
            _ => (0, ""),
        };
        if (code > 0)
            return new(code, FakeRefusal.Status(code, reason, "said so by the simulation").ToJsonString());
        if (call.Verb == "watch")
            return OpenWatch(process, request, call);
        if (call.Verb == "list" && long.TryParse(request.Parameter("resourceVersion"), out var notBefore) && notBefore < _published && _world.Faults.Falls(0.3))
            return ListOfThePast(call.Kind!, notBefore);

        if (call.Verb is not "list" and not "get" && call.Resource != "leases")
        {
            Writes[call.Resource] = Writes.GetValueOrDefault(call.Resource) + 1;
            _world.Checks.Rest.Written(call, request);
        }

        if (_world.Scenario.Mutant is not null && Pretend(ref request, call) is { } pretended)
            return pretended;
        var (status, body) = _handlers.Handle(request, call);
        if (call.Verb is not "list" and not "get" && call.Resource != "leases")
            _world.Trace.Add(process.Name, $"{what} -> {status}{(status < 400 ? $" v{_store.Version}" : $" {JsonNode.Parse(body)!["message"]}")}");
        Publish(process);
        return new(status, Mutants.Object(_world.Scenario.Mutant, body), Version: call.Verb == "list" && status == 200 ? _store.Version : 0);
    }

    /// <summary>For mutants: changes what is asked, or answers without doing it.</summary>
    private Reply? Pretend(ref FakeRequest request, FakeCall call)
    {
        if (call is { Verb: "patch", Resource: "nodes" })
            request = request with { Body = Encoding.UTF8.GetBytes(Mutants.MainBody(_world.Scenario.Mutant, JsonNode.Parse(request.Body)!.AsObject()).ToJsonString()) };
        if (call is { Verb: "patch", Resource: "imagecaptures/status" })
            request = request with { Body = Encoding.UTF8.GetBytes(Mutants.CaptureBody(_world.Scenario.Mutant, JsonNode.Parse(request.Body)!.AsObject()).ToJsonString()) };
        if (call is not { Verb: "patch", Resource: "nodes/status" } || _store.Find(call.Kind!, call.Namespace, call.Name) is not { } current)
            return null;
        var body = Mutants.Body(_world.Scenario.Mutant, JsonNode.Parse(request.Body)!.AsObject());
        request = request with { Body = Encoding.UTF8.GetBytes(body.ToJsonString()) };
        if (_world.Scenario.Mutant != Mutants.ForgetsIntent || body["status"]?["operation"]?["id"] is null)
            return null;
        body.Remove("metadata");
        var told = current.Copy();
        Patches.Merge(told, body);
        return new(200, told.ToJsonString());
    }

    private Reply OpenWatch(OperatorProcess process, FakeRequest request, FakeCall call)
    {
        var from = long.Parse(request.Parameter("resourceVersion")!);
        var watch = new Watch(_world, process, call.Kind!, _world.Faults.AtWatch(), TimeSpan.FromSeconds(int.Parse(request.Parameter("timeoutSeconds")!)));
        try
        {
            foreach (var change in _store.Since(from, call.Kind!, "").Changes)
                watch.Send(change);
        }
        catch (FakeRefusal refusal)
        {
            watch.Error(refusal.ToStatus());
            return new(200, "", watch.Body);
        }

        _watches.RemoveAll(open => open.IsOver);
        _watches.Add(watch);
        return new(200, "", watch.Body);
    }

    /// <summary>Any state since a version is a right answer to a list that is to be not older: the cache of an API server that lags behind.</summary>
    private Reply ListOfThePast(FakeKind kind, long notBefore)
    {
        var lag = _world.Random.Next(Math.Min(_history.Count, 30) + 1);
        var version = lag == 0 ? _published : Math.Max(notBefore, _history[^lag].Version);
        if (version < _published)
            _world.Faults.Count(FaultKind.StaleList);
        var items = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var change in _history.Where(change => change.Key.Kind == kind && change.Version <= version))
        {
            if (change.Type == "DELETED")
                items.Remove(change.Key.Name);
            else
                items[change.Key.Name] = change.Json;
        }

        return new(200, $$$"""{"kind":"{{{kind.Kind}}}List","apiVersion":"v1","metadata":{"resourceVersion":"{{{version}}}"},"items":[{{{string.Join(',', items.Values)}}}]}""", Version: version);
    }

    /// <summary>Tells checks and watches of what has changed.</summary>
    private void Publish(OperatorProcess? by)
    {
        var changes = _store.ChangesAfter(_published);
        if (changes.Count == 0)
            return;
        _published = changes[^1].Version;
        foreach (var change in changes)
        {
            if (change.Key.Kind.HasStatus && _world.Scenario.Trouble > TimeSpan.Zero)
                _history.Add(change);
            _world.Checks.Changed(change, by);
            foreach (var watch in _watches)
            {
                if (watch.Kind == change.Key.Kind)
                    watch.Send(change);
            }
        }
    }

    private static Stream Body(string body, FaultKind? fault)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        if (fault is not (FaultKind.StalledBody or FaultKind.CutBody))
            return new MemoryStream(bytes);
        var stream = new PushStream();
        stream.Push(bytes.AsMemory(0, bytes.Length / 2));
        if (fault == FaultKind.CutBody)
            stream.Break();
        return stream;
    }

    private static async Task<FakeRequest> ToRequestAsync(HttpRequestMessage message, CancellationToken cancellationToken)
    {
        var body = message.Content is { } content ? await content.ReadAsByteArrayAsync(cancellationToken) : [];
        return new(message.Method.Method, message.RequestUri!.AbsolutePath, message.RequestUri.Query, message.Content?.Headers.ContentType?.ToString(), body);
    }

    private Guid NewUid()
    {
        Span<byte> bytes = stackalloc byte[16];
        _world.Random.NextBytes(bytes);
        return new(bytes);
    }

    private sealed record Reply(int Code, string Body, Stream? Watch = null, long Version = 0);
}

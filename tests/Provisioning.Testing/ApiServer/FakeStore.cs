using System.Text.Json.Nodes;
using static Provisioning.Testing.ApiServer.FakeObjectRules;

namespace Provisioning.Testing.ApiServer;

/// <summary>
/// The objects, by the rules of the API server: one counter of versions, generation, status apart from the rest, finalizers, preconditions, and a
/// bounded log of changes for watches. What goes in is a copy or belongs to the store from then on; what comes out must not be changed, unless it is said to be a copy.
/// </summary>
internal sealed class FakeStore(TimeProvider time, int logCapacity, Func<Guid>? newUid = null)
{
    private readonly Lock _lock = new();
    private readonly FakeTable _objects = new();
    private readonly Dictionary<FakeKey, Dictionary<string, JsonObject>> _applied = [];
    private readonly List<FakeChange> _log = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _version = 1000;
    private long _forgotten = 1000;

    public long Version
    {
        get
        {
            lock (_lock)
                return _version;
        }
    }

    public FakeObject Get(FakeKind kind, string ns, string name) => Find(kind, ns, name) ?? throw FakeRefusal.NotFound(kind, name);

    public FakeObject? Find(FakeKind kind, string ns, string name)
    {
        lock (_lock)
            return _objects.Find(new(kind, ns, name));
    }

    public (List<FakeObject> Items, long Version) List(FakeKind kind, string ns)
    {
        lock (_lock)
            return ([.. _objects.In(kind, ns)], _version);
    }

    /// <summary>Forgets the log, as a compaction of etcd does.</summary>
    public void ForgetLog()
    {
        lock (_lock)
        {
            _log.Clear();
            _forgotten = _version;
        }
    }

    /// <summary>Moves the version on without a change of these objects, as a write of another kind does.</summary>
    public void Touch()
    {
        lock (_lock)
            _version++;
    }

    /// <summary>The changes after a version, and a task that completes at the next one.</summary>
    public (List<FakeChange> Changes, long Version, Task Next) Since(long version, FakeKind kind, string ns)
    {
        lock (_lock)
        {
            if (version < _forgotten)
                throw FakeRefusal.Expired($"too old resource version: {version} ({_forgotten})");
            return ([.. ChangesAfter(version).Where(change => change.Key.IsIn(kind, ns))], _version, _changed.Task);
        }
    }

    /// <summary>The changes of all kinds after a version, oldest first.</summary>
    public IReadOnlyList<FakeChange> ChangesAfter(long version)
    {
        lock (_lock)
        {
            var first = _log.Count;
            while (first > 0 && _log[first - 1].Version > version)
                first--;
            return _log[first..];
        }
    }

    public FakeObject Create(FakeKind kind, string ns, JsonObject body)
    {
        lock (_lock)
        {
            var meta = body["metadata"] as JsonObject ?? throw FakeRefusal.Invalid("metadata: Required value");
            var name = (string?)meta["name"] ?? throw FakeRefusal.Invalid("metadata.name: Required value: name or generateName is required");
            var key = new FakeKey(kind, ns, name);
            CheckIdentity(key, body);
            if (_objects.Find(key) is not null)
                throw new FakeRefusal(409, "AlreadyExists", $"{kind.Resource} \"{name}\" already exists");

            var created = Copy(body);
            meta = (JsonObject)created["metadata"]!;
            if (ns.Length > 0)
                meta["namespace"] = ns;
            meta["uid"] = (newUid?.Invoke() ?? Guid.NewGuid()).ToString();
            meta["creationTimestamp"] = Now();
            meta.Remove("deletionTimestamp");
            if (kind.HasStatus)
            {
                created.Remove("status");
                meta["generation"] = 1L;
            }

            return Store(key, created, "ADDED");
        }
    }

    /// <summary>
    /// Changes an object: the function gets a copy and gives the new one, which the store takes over; the server's own fields, generation and subresources are seen to here.
    /// </summary>
    public FakeObject Update(FakeKind kind, string ns, string name, string? subresource, bool mustHaveVersion, Func<JsonObject, JsonObject> change)
    {
        lock (_lock)
        {
            var key = new FakeKey(kind, ns, name);
            var stored = Find(key);
            var old = stored.Entity;
            if (subresource is not null && (subresource != "status" || !kind.HasStatus))
                throw new FakeRefusal(404, "NotFound", "the server could not find the requested resource");
            var asked = change(Copy(old));
            CheckIdentity(key, asked);
            CheckPreconditions(key, old, asked, mustHaveVersion);
            var updated = subresource is null ? WithMain(kind, old, asked) : WithStatus(old, asked);
            if (JsonNode.DeepEquals(old, updated))
                return stored;
            var isReleased = updated["metadata"]!["deletionTimestamp"] is not null && !HasFinalizers(updated);
            return Store(key, updated, isReleased ? "DELETED" : "MODIFIED");
        }
    }

    public FakeObject Apply(FakeKind kind, string ns, string name, string? subresource, string manager, JsonObject body)
    {
        lock (_lock)
        {
            var key = new FakeKey(kind, ns, name);
            if ((string?)body["apiVersion"] != kind.ApiVersion || (string?)body["kind"] != kind.Kind)
                throw FakeRefusal.BadRequest("the body of an apply must have apiVersion and kind of its target");
            if (subresource is null && _objects.Find(key) is null)
            {
                CheckIdentity(key, body);
                var created = Create(kind, ns, body);
                AppliedTo(key)[manager] = Copy(body);
                return created;
            }

            var owner = subresource is null ? manager : $"{manager}/{subresource}";
            var updated = Update(kind, ns, name, subresource, mustHaveVersion: false, current =>
            {
                Patches.Apply(current, _applied.GetValueOrDefault(key)?.GetValueOrDefault(owner), body);
                return current;
            });
            AppliedTo(key)[owner] = Copy(body);
            return updated;
        }
    }

    /// <summary>Deletes an object, or marks it as deleted; gives its new text, or that it is gone.</summary>
    public string Delete(FakeKind kind, string ns, string name, JsonObject? options)
    {
        lock (_lock)
        {
            var key = new FakeKey(kind, ns, name);
            var stored = Find(key);
            var old = stored.Entity;
            if ((string?)options?["preconditions"]?["uid"] is { } uid && uid != (string?)old["metadata"]!["uid"])
                throw FakeRefusal.Conflict(kind, name, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {old["metadata"]!["uid"]}");
            if (!HasFinalizers(old))
            {
                Store(key, Copy(old), "DELETED");
                return FakeRefusal.Status(200, "", "").ToJsonString();
            }

            if (old["metadata"]!["deletionTimestamp"] is not null)
                return stored.Json;
            var marked = Copy(old);
            var meta = (JsonObject)marked["metadata"]!;
            meta["deletionTimestamp"] = Now();
            meta["deletionGracePeriodSeconds"] = 0L;
            if (meta["generation"] is { } generation)
                meta["generation"] = generation.GetValue<long>() + 1;
            return Store(key, marked, "MODIFIED").Json;
        }
    }

    private static JsonObject Copy(JsonObject entity) => (JsonObject)entity.DeepClone();

    private string Now() => time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ");

    private FakeObject Find(FakeKey key) => _objects.Find(key) ?? throw FakeRefusal.NotFound(key.Kind, key.Name);

    /// <summary>What managers have applied to an object, by manager and subresource.</summary>
    private Dictionary<string, JsonObject> AppliedTo(FakeKey key)
    {
        if (!_applied.TryGetValue(key, out var applied))
            _applied.Add(key, applied = new(StringComparer.Ordinal));
        return applied;
    }

    private FakeObject Store(FakeKey key, JsonObject entity, string type)
    {
        entity["metadata"]!["resourceVersion"] = (++_version).ToString();
        entity["apiVersion"] = key.Kind.ApiVersion;
        entity["kind"] = key.Kind.Kind;
        var stored = new FakeObject(entity, _version, entity.ToJsonString());
        if (type != "DELETED")
        {
            _objects.Set(key, stored);
        }
        else
        {
            _objects.Remove(key);
            _applied.Remove(key);
        }

        _log.Add(new(_version, key, type, stored.Json));
        if (_log.Count > logCapacity)
        {
            _forgotten = _log[0].Version;
            _log.RemoveAt(0);
        }

        var changed = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.TrySetResult();
        return stored;
    }
}

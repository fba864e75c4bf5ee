using System.Text.Json.Nodes;

namespace Provisioning.Testing.ApiServer;

/// <summary>
/// The objects, by the rules of the API server: one counter of versions, generation, status apart from the rest, finalizers, preconditions, and a
/// bounded log of changes for watches. Objects that go in and come out are copies.
/// </summary>
internal sealed class FakeStore(TimeProvider time, int logCapacity, Func<Guid>? newUid = null)
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<FakeKey, JsonObject> _objects = new(Comparer<FakeKey>.Create(FakeKey.Compare));
    private readonly Dictionary<(FakeKey Key, string Manager), JsonObject> _applied = [];
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

    public JsonObject Get(FakeKind kind, string ns, string name)
    {
        lock (_lock)
            return Copy(Find(new(kind, ns, name)));
    }

    public JsonObject? Find(FakeKind kind, string ns, string name)
    {
        lock (_lock)
            return _objects.TryGetValue(new(kind, ns, name), out var found) ? Copy(found) : null;
    }

    public (List<JsonObject> Items, long Version) List(FakeKind kind, string ns)
    {
        lock (_lock)
            return ([.. _objects.Where(entry => entry.Key.IsIn(kind, ns)).Select(entry => Copy(entry.Value))], _version);
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
            return ([.. _log.Where(change => change.Version > version && change.Key.IsIn(kind, ns))], _version, _changed.Task);
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

    public JsonObject Create(FakeKind kind, string ns, JsonObject body)
    {
        lock (_lock)
        {
            var meta = body["metadata"] as JsonObject ?? throw FakeRefusal.Invalid("metadata: Required value");
            var name = (string?)meta["name"] ?? throw FakeRefusal.Invalid("metadata.name: Required value: name or generateName is required");
            var key = new FakeKey(kind, ns, name);
            CheckIdentity(key, body);
            if (_objects.ContainsKey(key))
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

            Store(key, created, "ADDED");
            return Copy(created);
        }
    }

    /// <summary>Changes an object: the function gets a copy and gives the new one; the server's own fields, generation and subresources are seen to here.</summary>
    public JsonObject Update(FakeKind kind, string ns, string name, string? subresource, bool mustHaveVersion, Func<JsonObject, JsonObject> change)
    {
        lock (_lock)
        {
            var key = new FakeKey(kind, ns, name);
            var old = Find(key);
            if (subresource is not null && (subresource != "status" || !kind.HasStatus))
                throw new FakeRefusal(404, "NotFound", "the server could not find the requested resource");
            var asked = change(Copy(old));
            CheckIdentity(key, asked);
            CheckPreconditions(key, old, asked, mustHaveVersion);
            var updated = subresource is null ? WithMain(kind, old, asked) : WithStatus(old, asked);
            if (JsonNode.DeepEquals(old, updated))
                return Copy(old);
            var isReleased = updated["metadata"]!["deletionTimestamp"] is not null && !HasFinalizers(updated);
            Store(key, updated, isReleased ? "DELETED" : "MODIFIED");
            return Copy(updated);
        }
    }

    public JsonObject Apply(FakeKind kind, string ns, string name, string? subresource, string manager, JsonObject body)
    {
        lock (_lock)
        {
            var key = new FakeKey(kind, ns, name);
            if ((string?)body["apiVersion"] != kind.ApiVersion || (string?)body["kind"] != kind.Kind)
                throw FakeRefusal.BadRequest("the body of an apply must have apiVersion and kind of its target");
            if (subresource is null && !_objects.ContainsKey(key))
            {
                CheckIdentity(key, body);
                var created = Create(kind, ns, body);
                _applied[(key, manager)] = Copy(body);
                return created;
            }

            var owner = subresource is null ? manager : $"{manager}/{subresource}";
            var updated = Update(kind, ns, name, subresource, mustHaveVersion: false, current =>
            {
                Patches.Apply(current, _applied.GetValueOrDefault((key, owner)), body);
                return current;
            });
            _applied[(key, owner)] = Copy(body);
            return updated;
        }
    }

    public JsonObject Delete(FakeKind kind, string ns, string name, JsonObject? options)
    {
        lock (_lock)
        {
            var key = new FakeKey(kind, ns, name);
            var old = Find(key);
            if ((string?)options?["preconditions"]?["uid"] is { } uid && uid != (string?)old["metadata"]!["uid"])
                throw FakeRefusal.Conflict(kind, name, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {old["metadata"]!["uid"]}");
            if (!HasFinalizers(old))
            {
                Store(key, Copy(old), "DELETED");
                return FakeRefusal.Status(200, "", "");
            }

            var marked = Copy(old);
            var meta = (JsonObject)marked["metadata"]!;
            if (meta["deletionTimestamp"] is not null)
                return marked;
            meta["deletionTimestamp"] = Now();
            meta["deletionGracePeriodSeconds"] = 0L;
            if (meta["generation"] is { } generation)
                meta["generation"] = generation.GetValue<long>() + 1;
            Store(key, marked, "MODIFIED");
            return Copy(marked);
        }
    }

    private static JsonObject WithMain(FakeKind kind, JsonObject old, JsonObject asked)
    {
        var updated = Copy(asked);
        var (oldMeta, meta) = ((JsonObject)old["metadata"]!, (JsonObject)updated["metadata"]!);
        foreach (var own in (string[])["uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "namespace"])
        {
            meta.Remove(own);
            if (oldMeta[own] is { } value)
                meta[own] = value.DeepClone();
        }

        if (oldMeta["deletionTimestamp"] is not null && Finalizers(updated).Except(Finalizers(old)).Any())
            throw FakeRefusal.Invalid("metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted");
        if (!kind.HasStatus)
            return updated;
        updated.Remove("status");
        if (old["status"] is { } status)
            updated["status"] = status.DeepClone();
        if (updated.Where(part => part.Key is not "metadata").Any(part => !JsonNode.DeepEquals(part.Value, old[part.Key])) || old.Any(part => !updated.ContainsKey(part.Key)))
            meta["generation"] = oldMeta["generation"]!.GetValue<long>() + 1;
        return updated;
    }

    private static JsonObject WithStatus(JsonObject old, JsonObject asked)
    {
        var updated = Copy(old);
        updated.Remove("status");
        if (asked["status"] is { } status)
            updated["status"] = status.DeepClone();
        return updated;
    }

    private static void CheckIdentity(FakeKey key, JsonObject body)
    {
        if ((string?)body["kind"] is { } kind && kind != key.Kind.Kind)
            throw FakeRefusal.BadRequest($"the kind in the body is {kind}, the path is of {key.Kind.Kind}");
        if ((string?)body["metadata"]?["name"] != key.Name)
            throw FakeRefusal.BadRequest("the name of the object does not match the name on the URL");
        if ((string?)body["metadata"]?["namespace"] is { } ns && ns != key.Namespace)
            throw FakeRefusal.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
    }

    private static void CheckPreconditions(FakeKey key, JsonObject old, JsonObject asked, bool mustHaveVersion)
    {
        var version = (string?)asked["metadata"]!["resourceVersion"];
        if (mustHaveVersion && string.IsNullOrEmpty(version))
            throw FakeRefusal.Invalid("metadata.resourceVersion: Invalid value: 0x0: must be specified for an update");
        if (!string.IsNullOrEmpty(version) && version != (string?)old["metadata"]!["resourceVersion"])
            throw FakeRefusal.Conflict(key.Kind, key.Name, "the object has been modified; please apply your changes to the latest version and try again");
        if ((string?)asked["metadata"]!["uid"] is { } uid && uid != (string?)old["metadata"]!["uid"])
            throw FakeRefusal.Conflict(key.Kind, key.Name, "Precondition failed: UID in precondition is another");
    }

    private static IEnumerable<string> Finalizers(JsonObject entity) =>
        (entity["metadata"]!["finalizers"] as JsonArray ?? []).Select(finalizer => finalizer!.GetValue<string>());

    private static bool HasFinalizers(JsonObject entity) => Finalizers(entity).Any();

    private static JsonObject Copy(JsonObject entity) => (JsonObject)entity.DeepClone();

    private string Now() => time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ");

    private JsonObject Find(FakeKey key) => _objects.TryGetValue(key, out var found) ? found : throw FakeRefusal.NotFound(key.Kind, key.Name);

    private void Store(FakeKey key, JsonObject entity, string type)
    {
        entity["metadata"]!["resourceVersion"] = (++_version).ToString();
        entity["apiVersion"] = key.Kind.ApiVersion;
        entity["kind"] = key.Kind.Kind;
        if (type != "DELETED")
            _objects[key] = entity;
        else
            _objects.Remove(key);
        if (type == "DELETED")
            _applied.Keys.Where(applied => applied.Key == key).ToList().ForEach(applied => _applied.Remove(applied));
        _log.Add(new(_version, key, type, entity.ToJsonString()));
        if (_log.Count > logCapacity)
        {
            _forgotten = _log[0].Version;
            _log.RemoveAt(0);
        }

        var changed = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.TrySetResult();
    }
}

/// <summary>Identity of an object in the store.</summary>
internal readonly record struct FakeKey(FakeKind Kind, string Namespace, string Name)
{
    public bool IsIn(FakeKind kind, string ns) => Kind == kind && (ns.Length == 0 || ns == Namespace);

    /// <summary>By kind, namespace and name, without making strings: it is the inner loop of every simulation.</summary>
    public static int Compare(FakeKey left, FakeKey right)
    {
        var kinds = string.CompareOrdinal(left.Kind.Plural, right.Kind.Plural);
        if (kinds == 0)
            kinds = string.CompareOrdinal(left.Kind.Group, right.Kind.Group);
        if (kinds != 0)
            return kinds;
        var namespaces = string.CompareOrdinal(left.Namespace, right.Namespace);
        return namespaces != 0 ? namespaces : string.CompareOrdinal(left.Name, right.Name);
    }

    public override string ToString() => $"{Kind.Resource}/{Namespace}/{Name}";
}

/// <summary>One change.</summary>
/// <param name="Version">Version that it made.</param>
/// <param name="Key">Object.</param>
/// <param name="Type">ADDED, MODIFIED or DELETED.</param>
/// <param name="Json">The object after it.</param>
internal sealed record FakeChange(long Version, FakeKey Key, string Type, string Json);

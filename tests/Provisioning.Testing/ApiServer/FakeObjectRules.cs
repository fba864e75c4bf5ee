using System.Text.Json.Nodes;

namespace Provisioning.Testing.ApiServer;

/// <summary>What the API server sees to in every object that is written.</summary>
internal static class FakeObjectRules
{
    private static readonly string[] OfServer = ["uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "namespace"];

    /// <summary>What a write of the object itself makes of it. What was asked for is used up.</summary>
    public static JsonObject WithMain(FakeKind kind, JsonObject old, JsonObject asked)
    {
        var (oldMeta, meta) = ((JsonObject)old["metadata"]!, (JsonObject)asked["metadata"]!);
        foreach (var own in OfServer)
        {
            meta.Remove(own);
            if (oldMeta[own] is { } value)
                meta[own] = value.DeepClone();
        }

        if (oldMeta["deletionTimestamp"] is not null && Finalizers(asked).Except(Finalizers(old)).Any())
            throw FakeRefusal.Invalid("metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted");
        if (!kind.HasStatus)
            return asked;
        asked.Remove("status");
        if (old["status"] is { } status)
            asked["status"] = status.DeepClone();
        if (asked.Where(part => part.Key is not "metadata").Any(part => !JsonNode.DeepEquals(part.Value, old[part.Key])) || old.Any(part => !asked.ContainsKey(part.Key)))
            meta["generation"] = oldMeta["generation"]!.GetValue<long>() + 1;
        return asked;
    }

    /// <summary>What a write of the status makes of the object. What was asked for is used up.</summary>
    public static JsonObject WithStatus(JsonObject old, JsonObject asked)
    {
        var updated = new JsonObject();
        foreach (var (name, value) in old)
        {
            if (name != "status")
                updated[name] = value?.DeepClone();
        }

        asked.Remove("status", out var status);
        if (status is not null)
            updated["status"] = status;
        return updated;
    }

    public static void CheckIdentity(FakeKey key, JsonObject body)
    {
        if ((string?)body["kind"] is { } kind && kind != key.Kind.Kind)
            throw FakeRefusal.BadRequest($"the kind in the body is {kind}, the path is of {key.Kind.Kind}");
        if ((string?)body["metadata"]?["name"] != key.Name)
            throw FakeRefusal.BadRequest("the name of the object does not match the name on the URL");
        if ((string?)body["metadata"]?["namespace"] is { } ns && ns != key.Namespace)
            throw FakeRefusal.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
    }

    public static void CheckPreconditions(FakeKey key, JsonObject old, JsonObject asked, bool mustHaveVersion)
    {
        var version = (string?)asked["metadata"]!["resourceVersion"];
        if (mustHaveVersion && string.IsNullOrEmpty(version))
            throw FakeRefusal.Invalid("metadata.resourceVersion: Invalid value: 0x0: must be specified for an update");
        if (!string.IsNullOrEmpty(version) && version != (string?)old["metadata"]!["resourceVersion"])
            throw FakeRefusal.Conflict(key.Kind, key.Name, "the object has been modified; please apply your changes to the latest version and try again");
        if ((string?)asked["metadata"]!["uid"] is { } uid && uid != (string?)old["metadata"]!["uid"])
            throw FakeRefusal.Conflict(key.Kind, key.Name, "Precondition failed: UID in precondition is another");
    }

    public static bool HasFinalizers(JsonObject entity) => Finalizers(entity).Any();

    private static IEnumerable<string> Finalizers(JsonObject entity) =>
        (entity["metadata"]!["finalizers"] as JsonArray ?? []).Select(finalizer => finalizer!.GetValue<string>());
}

using System.Text.Json.Nodes;

namespace Provisioning.Operator.Status;

/// <summary>
/// The difference of two JSON objects as a merge patch (RFC 7386). Status is written as a merge patch with the resourceVersion as precondition and not
/// by server-side apply: the patch is smaller, costs the API server less, and a decision made on an old state cannot overwrite a newer one.
/// </summary>
internal static class StatusPatch
{
    /// <summary>Gives the patch that turns one object into the other; null if they are equal.</summary>
    public static JsonObject? Diff(JsonObject? before, JsonObject after)
    {
        var patch = new JsonObject();
        foreach (var (name, value) in after)
        {
            var old = before?[name];
            if (JsonNode.DeepEquals(old, value))
                continue;
            if (old is JsonObject oldObject && value is JsonObject newObject)
                patch[name] = Diff(oldObject, newObject);
            else
                patch[name] = value is JsonObject whole ? Diff(null, whole) : value?.DeepClone();
        }

        if (before is not null)
        {
            foreach (var (name, _) in before)
            {
                if (!after.ContainsKey(name))
                    patch[name] = null;
            }
        }

        return patch.Count > 0 || before is null ? patch : null;
    }

    /// <summary>
    /// Leaves empty strings out. They mean the same as absent ones here, and Kubernetes 1.20 takes an empty string for null and refuses it
    /// ("must be of type string: null").
    /// </summary>
    public static JsonObject WithoutEmptyStrings(JsonObject json)
    {
        foreach (var (name, value) in json.ToList())
        {
            if (IsEmpty(value))
                json.Remove(name);
            else if (value is JsonObject inner)
                WithoutEmptyStrings(inner);
            else if (value is JsonArray array)
            {
                foreach (var item in array.OfType<JsonValue>().Where(IsEmpty).ToList())
                    array.Remove(item);
                foreach (var item in array.OfType<JsonObject>())
                    WithoutEmptyStrings(item);
            }
        }

        return json;
    }

    private static bool IsEmpty(JsonNode? value) => value is JsonValue text && text.TryGetValue<string>(out var content) && content.Length == 0;
}

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
        List<string>? empty = null;
        foreach (var (name, value) in json)
        {
            if (IsEmpty(value))
                (empty ??= []).Add(name);
            else if (value is JsonObject inner)
                WithoutEmptyStrings(inner);
            else if (value is JsonArray array)
                WithoutEmptyStrings(array);
        }

        foreach (var name in empty ?? [])
            json.Remove(name);
        return json;
    }

    private static void WithoutEmptyStrings(JsonArray array)
    {
        for (var i = array.Count - 1; i >= 0; i--)
        {
            if (IsEmpty(array[i]))
                array.RemoveAt(i);
            else if (array[i] is JsonObject inner)
                WithoutEmptyStrings(inner);
        }
    }

    private static bool IsEmpty(JsonNode? value) => value is JsonValue text && text.TryGetValue<string>(out var content) && content.Length == 0;
}

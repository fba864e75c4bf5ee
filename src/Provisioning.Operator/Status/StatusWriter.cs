using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Provisioning.Api.Meta;
using Provisioning.Kubernetes;
using Provisioning.Kubernetes.Controllers;
using Provisioning.Kubernetes.Rest;

namespace Provisioning.Operator.Status;

/// <summary>Writes the status of one kind: at most one call, and none if nothing changed.</summary>
/// <param name="client">The API.</param>
/// <param name="queue">Is told of writes.</param>
/// <param name="typeInfo">How the status is written.</param>
/// <param name="onWritten">Is told of each write: the object before, and its new status.</param>
internal sealed class StatusWriter<TEntity, TSpec, TStatus>(
    IResourceClient<TEntity> client, IEntityQueue<TEntity> queue, JsonTypeInfo<TStatus> typeInfo, Action<TEntity, TStatus>? onWritten = null)
    where TEntity : CustomKubernetesEntity<TSpec, TStatus>
    where TSpec : new()
    where TStatus : class
{
    /// <summary>Makes the object's status the given one, if it is not already.</summary>
    /// <param name="stored">The object as it was last read or written; a newer version at the server is a conflict.</param>
    /// <param name="status">The new status.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The object as it is now.</returns>
    public async Task<TEntity> WriteAsync(TEntity stored, TStatus status, CancellationToken cancellationToken)
    {
        // Most looks find nothing new: then the two texts are the same, and nothing is taken apart.
        var before = stored.Status is null ? null : JsonSerializer.SerializeToUtf8Bytes(stored.Status, typeInfo);
        var after = JsonSerializer.SerializeToUtf8Bytes(status, typeInfo);
        if (before is not null && before.AsSpan().SequenceEqual(after))
            return stored;
        if (StatusPatch.Diff(before is null ? null : ToJson(before), ToJson(after)) is not { } patch)
            return stored;

        var body = new JsonObject
        {
            ["metadata"] = new JsonObject { ["resourceVersion"] = stored.Metadata.ResourceVersion },
            ["status"] = patch,
        };
        var key = new NamespacedName(stored.Metadata.Namespace ?? "", stored.Metadata.Name);
        var written = await client.PatchAsync(key, body, PatchKind.Merge, "status", cancellationToken);
        queue.Wrote(key, written.Metadata.ResourceVersion);
        onWritten?.Invoke(stored, status);
        return written;
    }

    private static JsonObject ToJson(byte[] status) => StatusPatch.WithoutEmptyStrings(JsonNode.Parse(status)!.AsObject());
}

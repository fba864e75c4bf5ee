using System.Text.Json.Nodes;
using Provisioning.Api.Meta;
using Provisioning.Kubernetes.Rest;

namespace Provisioning.Kubernetes.Finalizers;

/// <summary>
/// Adds and removes a finalizer. A merge patch replaces the whole list, and the resourceVersion in it makes that exact: other writers' finalizers are never lost.
/// A JSON patch with a "test" would do the same, but its failure comes as 422, which cannot be told from an invalid object; this one comes as a 409 conflict.
/// </summary>
public static class EntityFinalizers
{
    /// <summary>Whether the object has the finalizer.</summary>
    public static bool HasFinalizer(this IKubernetesEntity entity, string finalizer) => entity.Metadata.Finalizers?.Contains(finalizer) == true;

    /// <summary>Adds the finalizer; no call if it is there already.</summary>
    /// <param name="client">The API.</param>
    /// <param name="entity">The object as last seen; it is not changed.</param>
    /// <param name="finalizer">The finalizer, as in provisioning.dev/finalizer.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The object with the finalizer.</returns>
    /// <exception cref="KubernetesApiException">Conflict: the object was changed meanwhile; look at it again.</exception>
    public static Task<T> AddFinalizerAsync<T>(this IResourceClient<T> client, T entity, string finalizer, CancellationToken cancellationToken)
        where T : class, IKubernetesEntity =>
        entity.HasFinalizer(finalizer)
            ? Task.FromResult(entity)
            : client.PatchAsync(NamespacedName.Of(entity), Patch(entity, [.. entity.Metadata.Finalizers ?? [], finalizer]), PatchKind.Merge, null, cancellationToken);

    /// <summary>Removes the finalizer; no call if it is not there, and success if the object is gone.</summary>
    /// <param name="client">The API.</param>
    /// <param name="entity">The object as last seen; it is not changed.</param>
    /// <param name="finalizer">The finalizer.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The object without the finalizer; null if it is gone. If this was the last finalizer of an object under deletion, the object is gone too.</returns>
    /// <exception cref="KubernetesApiException">Conflict: the object was changed meanwhile; look at it again.</exception>
    public static async Task<T?> RemoveFinalizerAsync<T>(this IResourceClient<T> client, T entity, string finalizer, CancellationToken cancellationToken)
        where T : class, IKubernetesEntity
    {
        if (!entity.HasFinalizer(finalizer))
            return entity;
        try
        {
            var rest = entity.Metadata.Finalizers!.Where(other => other != finalizer);
            return await client.PatchAsync(NamespacedName.Of(entity), Patch(entity, rest), PatchKind.Merge, null, cancellationToken);
        }
        catch (KubernetesApiException refusal) when (refusal.IsNotFound)
        {
            return null;
        }
    }

    private static JsonObject Patch(IKubernetesEntity entity, IEnumerable<string> finalizers) => new()
    {
        ["metadata"] = new JsonObject
        {
            ["resourceVersion"] = entity.Metadata.ResourceVersion
                ?? throw new ArgumentException($"{NamespacedName.Of(entity)} has no resourceVersion: it was never read from the API server.", nameof(entity)),
            ["finalizers"] = new JsonArray([.. finalizers.Select(finalizer => (JsonNode?)JsonValue.Create(finalizer))]),
        },
    };
}

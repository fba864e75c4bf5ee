using System.Text.Json.Nodes;
using Provisioning.Api.Meta;

namespace Provisioning.Kubernetes.Rest;

/// <summary>
/// Live access to one kind at the API server. Every call honours Retry-After and retries what is safe to retry; what the server refuses is thrown as
/// <see cref="KubernetesApiException"/>. Reading live is a choice to be seen in the code: what may be a little stale comes from
/// <see cref="Caching.IResourceCache{T}"/>.
/// </summary>
/// <typeparam name="T">The kind.</typeparam>
public interface IResourceClient<T>
    where T : class, IKubernetesEntity
{
    /// <summary>Reads one object; null if it does not exist.</summary>
    Task<T?> GetAsync(NamespacedName key, CancellationToken cancellationToken);

    /// <summary>Creates an object. A name that is taken is an error (409, reason AlreadyExists).</summary>
    Task<T> CreateAsync(T entity, CancellationToken cancellationToken);

    /// <summary>Replaces an object; the resourceVersion in it must be the current one (else 409, reason Conflict).</summary>
    Task<T> ReplaceAsync(T entity, CancellationToken cancellationToken);

    /// <summary>Patches an object, or a subresource of it such as "status".</summary>
    /// <param name="key">The object.</param>
    /// <param name="patch">Body; a resourceVersion in its metadata is a precondition (409 when it is not the current one).</param>
    /// <param name="kind">How the body is meant.</param>
    /// <param name="subresource">Subresource, or null.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<T> PatchAsync(NamespacedName key, JsonNode patch, PatchKind kind, string? subresource, CancellationToken cancellationToken);

    /// <summary>Deletes an object; success also if it is gone.</summary>
    /// <param name="key">The object.</param>
    /// <param name="uid">If not null, only this very object is deleted.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task DeleteAsync(NamespacedName key, string? uid, CancellationToken cancellationToken);
}

/// <summary>Meanings of a patch body.</summary>
public enum PatchKind
{
    /// <summary>JSON merge patch (RFC 7386).</summary>
    Merge,

    /// <summary>JSON patch (RFC 6902).</summary>
    Json,

    /// <summary>Server-side apply with the operator's field manager, forced.</summary>
    Apply,
}

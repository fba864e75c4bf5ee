using System.Text.Json;
using System.Text.Json.Nodes;
using Provisioning.Api.Meta;

namespace Provisioning.Kubernetes.Rest;

internal sealed class ResourceClient<T>(ApiTransport transport, ResourceDefinition<T> definition, string fieldManager) : IResourceClient<T>
    where T : class, IKubernetesEntity
{
    private readonly string _writeQuery = $"?fieldManager={fieldManager}";

    public async Task<T?> GetAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        try
        {
            return await SendAsync(Request(HttpMethod.Get, key, RetrySafety.Read), cancellationToken);
        }
        catch (KubernetesApiException refusal) when (refusal.IsNotFound)
        {
            return null;
        }
    }

    public Task<T> CreateAsync(T entity, CancellationToken cancellationToken)
    {
        var key = Key(entity);
        var path = ResourcePath.Of(definition, key.Namespace) + _writeQuery;
        return SendAsync(new ApiRequest(HttpMethod.Post, path, Target(key), RetrySafety.NotBegun) { Body = Json(entity) }, cancellationToken);
    }

    public Task<T> ReplaceAsync(T entity, CancellationToken cancellationToken)
    {
        // With a resourceVersion a second try of a write that had worked is refused (409); without one it could undo somebody else's.
        var safety = string.IsNullOrEmpty(entity.Metadata.ResourceVersion) ? RetrySafety.NotBegun : RetrySafety.Idempotent;
        return SendAsync(Request(HttpMethod.Put, Key(entity), safety, _writeQuery) with { Body = Json(entity) }, cancellationToken);
    }

    public Task<T> PatchAsync(NamespacedName key, JsonNode patch, PatchKind kind, string? subresource, CancellationToken cancellationToken)
    {
        var (contentType, safety, query) = kind switch
        {
            PatchKind.Merge => ("application/merge-patch+json", RetrySafety.Idempotent, _writeQuery),
            // An "add" to a list or a "test" does not hold a second time.
            PatchKind.Json => ("application/json-patch+json", RetrySafety.NotBegun, _writeQuery),
            // JSON is YAML, and every server version takes this name.
            PatchKind.Apply => ("application/apply-patch+yaml", RetrySafety.Idempotent, _writeQuery + "&force=true"),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such kind of patch."),
        };
        var request = new ApiRequest(HttpMethod.Patch, ResourcePath.Of(definition, key.Namespace, key.Name, subresource) + query, Target(key, subresource), safety)
        {
            Body = System.Text.Encoding.UTF8.GetBytes(patch.ToJsonString()),
            ContentType = contentType,
        };
        return SendAsync(request, cancellationToken);
    }

    public async Task DeleteAsync(NamespacedName key, string? uid, CancellationToken cancellationToken)
    {
        var request = Request(HttpMethod.Delete, key, RetrySafety.Idempotent);
        if (uid is not null)
            request = request with { Body = UidPrecondition(uid) };
        try
        {
            await transport.SendAsync(request, ApiTransport.DefaultDeadline, static (_, _) => Task.FromResult(true), cancellationToken);
        }
        catch (KubernetesApiException refusal) when (refusal.IsNotFound)
        {
        }
        catch (KubernetesApiException refusal) when (refusal.IsConflict && uid is not null)
        {
            // Another object of this name means that the one to delete is gone; any other conflict is the caller's.
            if ((await GetAsync(key, cancellationToken))?.Metadata.Uid == uid)
                throw;
        }
    }

    private static NamespacedName Key(T entity) => new(entity.Metadata.Namespace ?? "", entity.Metadata.Name);

    private static byte[] UidPrecondition(string uid) =>
        System.Text.Encoding.UTF8.GetBytes(new JsonObject { ["preconditions"] = new JsonObject { ["uid"] = uid } }.ToJsonString());

    private byte[] Json(T entity) => JsonSerializer.SerializeToUtf8Bytes(entity, definition.JsonTypeInfo);

    private string Target(NamespacedName key, string? subresource = null) =>
        subresource is null ? $"{definition.Resource} {key}" : $"{definition.Resource} {key}/{subresource}";

    private ApiRequest Request(HttpMethod method, NamespacedName key, RetrySafety safety, string query = "") =>
        new(method, ResourcePath.Of(definition, key.Namespace, key.Name) + query, Target(key), safety);

    private Task<T> SendAsync(ApiRequest request, CancellationToken cancellationToken) =>
        transport.SendAsync(request, ApiTransport.DefaultDeadline, (body, token) => ObjectBody.ReadAsync(body, definition.JsonTypeInfo, request, token), cancellationToken);
}

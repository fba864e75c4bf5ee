using System.Text.Json.Nodes;
using Provisioning.Api.Meta;
using Provisioning.Kubernetes.Caching;

namespace Provisioning.Kubernetes.Rest;

/// <summary>What a program that runs once asks the API server: all objects of a kind, and what a write would come to.</summary>
public static class ResourceReads
{
    /// <summary>Lists the objects of a kind.</summary>
    /// <param name="connection">The API server.</param>
    /// <param name="definition">What must be known of the kind.</param>
    /// <param name="namespace">Namespace; null for all.</param>
    /// <param name="labelSelector">Label selector; null for all objects.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="InvalidDataException">An object cannot be decoded.</exception>
    public static async Task<IReadOnlyList<T>> ListAsync<T>(
        this KubernetesConnection connection, ResourceDefinition<T> definition, string? @namespace, string? labelSelector, CancellationToken cancellationToken)
        where T : class, IKubernetesEntity
    {
        List<DecodedEntity<T>> objects = [];
        await new ResourceLister<T>(connection.Transport, definition, @namespace, labelSelector).ListAsync("", objects, static () => { }, cancellationToken);
        return objects.FirstOrDefault(item => item.Entity is null) is { Fault: { } fault } bad
            ? throw new InvalidDataException($"{definition.Resource} {bad.Key} cannot be decoded: {fault} The installed CRDs may be newer than this program: update it.")
            : [.. objects.Select(item => item.Entity!)];
    }

    /// <summary>Has the API server check and complete an object that would be created, without keeping it.</summary>
    public static Task<T> DryCreateAsync<T>(this KubernetesConnection connection, ResourceDefinition<T> definition, NamespacedName key, JsonNode body, CancellationToken cancellationToken)
        where T : class, IKubernetesEntity =>
        DryRunAsync(connection, definition, HttpMethod.Post, ResourcePath.Of(definition, key.Namespace), key, body, "application/json", cancellationToken);

    /// <summary>Has the API server check and complete an object that would be changed by a merge patch, without keeping the change.</summary>
    public static Task<T> DryPatchAsync<T>(this KubernetesConnection connection, ResourceDefinition<T> definition, NamespacedName key, JsonNode patch, CancellationToken cancellationToken)
        where T : class, IKubernetesEntity =>
        DryRunAsync(connection, definition, HttpMethod.Patch, ResourcePath.Of(definition, key.Namespace, key.Name), key, patch, "application/merge-patch+json", cancellationToken);

    private static Task<T> DryRunAsync<T>(
        KubernetesConnection connection, ResourceDefinition<T> definition, HttpMethod method, string path, NamespacedName key, JsonNode body, string contentType, CancellationToken cancellationToken)
        where T : class, IKubernetesEntity
    {
        // Nothing is kept, so that everything may be repeated.
        var request = new ApiRequest(method, $"{path}?dryRun=All&fieldManager={connection.Manager}", $"{definition.Resource} {key} (dry run)", RetrySafety.Read)
        {
            Body = System.Text.Encoding.UTF8.GetBytes(body.ToJsonString()),
            ContentType = contentType,
        };
        return connection.Transport.SendAsync(
            request,
            ApiTransport.DefaultDeadline,
            (answer, token) => ObjectBody.ReadAsync(answer, definition.JsonTypeInfo, request, token),
            cancellationToken);
    }
}

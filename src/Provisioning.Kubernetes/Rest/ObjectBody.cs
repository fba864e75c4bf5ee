using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Provisioning.Api.Meta;

namespace Provisioning.Kubernetes.Rest;

/// <summary>Reads the one object that the API server answers with.</summary>
internal static class ObjectBody
{
    /// <summary>Reads it to its end.</summary>
    /// <exception cref="InvalidDataException">The body is no such object, or one without a name.</exception>
    public static async Task<T> ReadAsync<T>(Stream body, JsonTypeInfo<T> typeInfo, ApiRequest request, CancellationToken cancellationToken)
        where T : class, IKubernetesEntity
    {
        try
        {
            // Something between us and the server may answer with JSON of its own; an object without a name would be worked with as if it were the one that was asked for.
            return await JsonSerializer.DeserializeAsync(body, typeInfo, cancellationToken) is { Metadata.Name.Length: > 0 } entity ? entity : throw new JsonException("It has no metadata.name.");
        }
        // Half a surrogate pair is JSON, and no text.
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or NotSupportedException)
        {
            throw new InvalidDataException($"The answer to {request} cannot be decoded: {JsonFaults.Text(failure)} The installed CRDs may be newer than this program: update it.", failure);
        }
    }
}

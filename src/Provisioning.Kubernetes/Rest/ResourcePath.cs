using System.Text;
using Provisioning.Api.Meta;

namespace Provisioning.Kubernetes.Rest;

/// <summary>Paths of the Kubernetes API.</summary>
internal static class ResourcePath
{
    /// <summary>Path of a collection, an object or a subresource, without a leading slash.</summary>
    /// <param name="definition">The kind.</param>
    /// <param name="namespace">Namespace; empty for cluster-scoped objects and for a collection over all namespaces.</param>
    /// <param name="name">Name; null for a collection.</param>
    /// <param name="subresource">Subresource, or null.</param>
    public static string Of<T>(ResourceDefinition<T> definition, string @namespace, string? name = null, string? subresource = null)
        where T : class, IKubernetesEntity
    {
        var path = new StringBuilder(definition.Group.Length == 0 ? "api/" : "apis/").Append(definition.ApiVersion);
        if (@namespace.Length > 0)
            path.Append("/namespaces/").Append(Uri.EscapeDataString(@namespace));
        path.Append('/').Append(definition.Plural);
        if (name is not null)
            path.Append('/').Append(Uri.EscapeDataString(name));
        if (subresource is not null)
            path.Append('/').Append(subresource);
        return path.ToString();
    }
}

using System.Text.Json.Serialization.Metadata;
using Provisioning.Api.Meta;

namespace Provisioning.Kubernetes;

/// <summary>What the runtime must know of a kind to speak with the API server about it.</summary>
/// <typeparam name="T">The C# type of the kind.</typeparam>
/// <param name="Group">API group; empty for the core group.</param>
/// <param name="Version">API version.</param>
/// <param name="Kind">Kind.</param>
/// <param name="Plural">Plural name in paths.</param>
/// <param name="JsonTypeInfo">Source-generated JSON metadata.</param>
public sealed record ResourceDefinition<T>(string Group, string Version, string Kind, string Plural, JsonTypeInfo<T> JsonTypeInfo)
    where T : class, IKubernetesEntity
{
    /// <summary>
    /// Gives the status of an object, if that has the field <c>watchMark</c>; null for an object without a status. With it a new leader need not list a kind to know that its cache of it is current.
    /// </summary>
    public Func<T, IMarkedStatus?>? Marked { get; init; }

    /// <summary>Group and version as objects carry it.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>Plural and group, for example <c>nodes.provisioning.dev</c>: the name by which kubectl and RBAC know the kind.</summary>
    public string Resource => Group.Length == 0 ? Plural : $"{Plural}.{Group}";
}

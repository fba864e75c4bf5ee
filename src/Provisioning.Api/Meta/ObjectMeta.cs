using System.Text.Json.Serialization;

namespace Provisioning.Api.Meta;

/// <summary>
/// The part of Kubernetes object metadata that the operator uses. <c>managedFields</c> is left out on purpose: it is a third of
/// the memory of a cached object and nothing here reads it.
/// </summary>
public sealed class ObjectMeta
{
    /// <summary>Name, unique in the namespace for its kind.</summary>
    public string Name { get; set; } = "";

    /// <summary>Namespace; null for cluster-scoped objects.</summary>
    public string? Namespace { get; set; }

    /// <summary>Server-given identity of this very object: a deleted and re-created object has another.</summary>
    public string? Uid { get; set; }

    /// <summary>Opaque version for optimistic concurrency.</summary>
    public string? ResourceVersion { get; set; }

    /// <summary>Counts changes of <c>spec</c>.</summary>
    public long? Generation { get; set; }

    /// <summary>When the object was created.</summary>
    public DateTimeOffset? CreationTimestamp { get; set; }

    /// <summary>Set when deletion was requested and finalizers remain.</summary>
    public DateTimeOffset? DeletionTimestamp { get; set; }

    /// <summary>Labels.</summary>
    public IDictionary<string, string>? Labels { get; set; }

    /// <summary>Annotations.</summary>
    public IDictionary<string, string>? Annotations { get; set; }

    /// <summary>Finalizers: the object stays until this list is empty.</summary>
    public IList<string>? Finalizers { get; set; }

    /// <summary>Owners of this object.</summary>
    public IList<OwnerReference>? OwnerReferences { get; set; }
}

/// <summary>Points from a dependent object to its owner in the same namespace.</summary>
public sealed class OwnerReference
{
    /// <summary>Group and version of the owner.</summary>
    public string ApiVersion { get; set; } = "";

    /// <summary>Kind of the owner.</summary>
    public string Kind { get; set; } = "";

    /// <summary>Name of the owner.</summary>
    public string Name { get; set; } = "";

    /// <summary>Uid of the owner.</summary>
    public string Uid { get; set; } = "";

    /// <summary>Whether the owner is the managing controller.</summary>
    [JsonPropertyName("controller")]
    public bool? IsController { get; set; }

    /// <summary>Whether the owner waits for this object in foreground deletion.</summary>
    public bool? BlockOwnerDeletion { get; set; }
}

using Provisioning.Api.Meta;

namespace Provisioning.Kubernetes.Rest.BuiltIn;

/// <summary>A core/v1 Secret.</summary>
public sealed class Secret : IKubernetesEntity
{
    /// <inheritdoc/>
    public string ApiVersion { get; set; } = "v1";

    /// <inheritdoc/>
    public string Kind { get; set; } = "Secret";

    /// <inheritdoc/>
    public ObjectMeta Metadata { get; set; } = new();

    /// <summary>Type, for example Opaque.</summary>
    public string? Type { get; set; }

    /// <summary>The secret values by key; base64 on the wire.</summary>
    public IDictionary<string, byte[]>? Data { get; set; }

    /// <summary>Names the Secret, never its values: safe to log.</summary>
    public override string ToString() => $"Secret {new NamespacedName(Metadata.Namespace ?? "", Metadata.Name)}";
}

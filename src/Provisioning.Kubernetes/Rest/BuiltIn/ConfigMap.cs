using Provisioning.Api.Meta;

namespace Provisioning.Kubernetes.Rest.BuiltIn;

/// <summary>A core/v1 ConfigMap.</summary>
public sealed class ConfigMap : IKubernetesEntity
{
    /// <inheritdoc/>
    public string ApiVersion { get; set; } = "v1";

    /// <inheritdoc/>
    public string Kind { get; set; } = "ConfigMap";

    /// <inheritdoc/>
    public ObjectMeta Metadata { get; set; } = new();

    /// <summary>The texts by key.</summary>
    public IDictionary<string, string>? Data { get; set; }

    /// <summary>What is no text, by key; base64 on the wire.</summary>
    public IDictionary<string, byte[]>? BinaryData { get; set; }
}

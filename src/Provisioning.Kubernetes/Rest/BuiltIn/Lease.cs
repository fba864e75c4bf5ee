using System.Text.Json.Serialization;
using Provisioning.Api.Meta;

namespace Provisioning.Kubernetes.Rest.BuiltIn;

/// <summary>A coordination.k8s.io/v1 Lease.</summary>
public sealed class Lease : IKubernetesEntity
{
    /// <inheritdoc/>
    public string ApiVersion { get; set; } = "coordination.k8s.io/v1";

    /// <inheritdoc/>
    public string Kind { get; set; } = "Lease";

    /// <inheritdoc/>
    public ObjectMeta Metadata { get; set; } = new();

    /// <summary>Who holds it, and for how long.</summary>
    public LeaseSpec? Spec { get; set; }
}

/// <summary>Who holds a Lease, and for how long.</summary>
public sealed class LeaseSpec
{
    /// <summary>Identity of the holder; empty when it was given back.</summary>
    public string? HolderIdentity { get; set; }

    /// <summary>Seconds that others wait after the last renewal that they saw, before they take it.</summary>
    public int? LeaseDurationSeconds { get; set; }

    /// <summary>When the holder took it, by the holder's clock.</summary>
    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? AcquireTime { get; set; }

    /// <summary>When the holder last renewed it, by the holder's clock.</summary>
    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? RenewTime { get; set; }

    /// <summary>How often it went from one holder to another.</summary>
    public int? LeaseTransitions { get; set; }
}

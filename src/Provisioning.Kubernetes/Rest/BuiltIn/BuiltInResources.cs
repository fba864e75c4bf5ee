using System.Text.Json.Serialization;

namespace Provisioning.Kubernetes.Rest.BuiltIn;

/// <summary>The kinds of Kubernetes itself that the operator uses.</summary>
public static class BuiltInResources
{
    /// <summary>Secrets.</summary>
    public static ResourceDefinition<Secret> Secrets { get; } = new("", "v1", "Secret", "secrets", BuiltInJsonContext.Default.Secret);

    /// <summary>ConfigMaps.</summary>
    public static ResourceDefinition<ConfigMap> ConfigMaps { get; } = new("", "v1", "ConfigMap", "configmaps", BuiltInJsonContext.Default.ConfigMap);

    /// <summary>Leases.</summary>
    public static ResourceDefinition<Lease> Leases { get; } = new("coordination.k8s.io", "v1", "Lease", "leases", BuiltInJsonContext.Default.Lease);

    /// <summary>Events.</summary>
    public static ResourceDefinition<Event> Events { get; } = new("events.k8s.io", "v1", "Event", "events", BuiltInJsonContext.Default.Event);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(Secret))]
[JsonSerializable(typeof(ConfigMap))]
[JsonSerializable(typeof(Lease))]
[JsonSerializable(typeof(Event))]
internal sealed partial class BuiltInJsonContext : JsonSerializerContext;

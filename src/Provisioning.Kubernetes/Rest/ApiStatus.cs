using System.Text.Json.Serialization;

namespace Provisioning.Kubernetes.Rest;

/// <summary>The part of metav1.Status that is read.</summary>
internal sealed class ApiStatus
{
    public string? Reason { get; set; }

    public string? Message { get; set; }

    public int? Code { get; set; }

    public ApiStatusDetails? Details { get; set; }
}

internal sealed class ApiStatusDetails
{
    public int? RetryAfterSeconds { get; set; }

    public List<ApiStatusCause>? Causes { get; set; }
}

internal sealed class ApiStatusCause
{
    public string? Reason { get; set; }

    public string? Field { get; set; }

    public string? Message { get; set; }
}

/// <summary>The part of metav1.ListMeta that is read.</summary>
internal sealed class ListMeta
{
    public string? ResourceVersion { get; set; }

    public string? Continue { get; set; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(ApiStatus))]
[JsonSerializable(typeof(ListMeta))]
internal sealed partial class RestJsonContext : JsonSerializerContext;

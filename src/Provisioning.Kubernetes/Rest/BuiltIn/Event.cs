using System.Text.Json.Serialization;
using Provisioning.Api.Meta;

namespace Provisioning.Kubernetes.Rest.BuiltIn;

/// <summary>An events.k8s.io/v1 Event: something that happened to an object, for people.</summary>
public sealed class Event : IKubernetesEntity
{
    /// <inheritdoc/>
    public string ApiVersion { get; set; } = "events.k8s.io/v1";

    /// <inheritdoc/>
    public string Kind { get; set; } = "Event";

    /// <inheritdoc/>
    public ObjectMeta Metadata { get; set; } = new();

    /// <summary>When it was first seen.</summary>
    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? EventTime { get; set; }

    /// <summary>Set when the same thing happened again and again.</summary>
    public EventSeries? Series { get; set; }

    /// <summary>Name of the controller, for example provisioning.dev/operator; required, cannot change.</summary>
    public string? ReportingController { get; set; }

    /// <summary>Identity of the process; required, at most 128 characters.</summary>
    public string? ReportingInstance { get; set; }

    /// <summary>What was done, in CamelCase; required, at most 128 characters.</summary>
    public string? Action { get; set; }

    /// <summary>Why, in CamelCase; required, at most 128 characters.</summary>
    public string? Reason { get; set; }

    /// <summary>The object that it is about.</summary>
    public ObjectReference? Regarding { get; set; }

    /// <summary>A second object that takes part.</summary>
    public ObjectReference? Related { get; set; }

    /// <summary>Explanation for people; at most 1,024 characters.</summary>
    public string? Note { get; set; }

    /// <summary>Normal or Warning.</summary>
    public string? Type { get; set; }
}

/// <summary>How often an event came again.</summary>
public sealed class EventSeries
{
    /// <summary>How often it was seen; at least 2.</summary>
    public int Count { get; set; }

    /// <summary>When it was last seen.</summary>
    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? LastObservedTime { get; set; }
}

/// <summary>Points to any object.</summary>
public sealed class ObjectReference
{
    /// <summary>Group and version.</summary>
    public string? ApiVersion { get; set; }

    /// <summary>Kind.</summary>
    public string? Kind { get; set; }

    /// <summary>Namespace; null for cluster-scoped objects.</summary>
    public string? Namespace { get; set; }

    /// <summary>Name.</summary>
    public string? Name { get; set; }

    /// <summary>Uid.</summary>
    public string? Uid { get; set; }

    /// <summary>Version that it is about.</summary>
    public string? ResourceVersion { get; set; }
}

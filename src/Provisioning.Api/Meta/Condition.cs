using System.ComponentModel.DataAnnotations;

namespace Provisioning.Api.Meta;

/// <summary>The state of one aspect of an object, in the standard form of Kubernetes (metav1.Condition).</summary>
public sealed record Condition
{
    /// <summary>Type of the condition in CamelCase, for example Ready.</summary>
    [Required, StringLength(64)]
    public string Type { get; set; } = "";

    /// <summary>Whether the condition holds: True, False or Unknown.</summary>
    [Required]
    public ConditionStatus Status { get; set; }

    /// <summary>The metadata.generation that this condition was computed from. An older value means that it is out of date.</summary>
    [Range(0L, long.MaxValue)]
    public long ObservedGeneration { get; set; }

    /// <summary>When the status last changed from one value to another.</summary>
    [Required]
    public DateTimeOffset LastTransitionTime { get; set; }

    /// <summary>A CamelCase word for programs, from the documented list of reasons.</summary>
    [Required, StringLength(128, MinimumLength = 1), RegularExpression("^[A-Za-z][A-Za-z0-9]*$")]
    public string Reason { get; set; } = "";

    /// <summary>A sentence for people: what is the case and, where a person must act, what to do.</summary>
    [Required, StringLength(4096)]
    public string Message { get; set; } = "";
}

/// <summary>Three-valued state of a condition.</summary>
public enum ConditionStatus
{
    /// <summary>Not known.</summary>
    Unknown,

    /// <summary>The condition holds.</summary>
    True,

    /// <summary>The condition does not hold.</summary>
    False,
}

using System.ComponentModel.DataAnnotations;
using Provisioning.Api.Meta;

namespace Provisioning.Api.Nodes;

/// <summary>An operation that would destroy something and waits for an approval.</summary>
public sealed record PendingPlan
{
    /// <summary>
    /// Id of the plan. It follows from what the operation would do: the Node, its machine, the verb, the content, the reload token, and the plan that was carried out before. A plan that
    /// does something else has another id.
    /// </summary>
    [Required, StringLength(64, MinimumLength = 1), RegularExpression(Patterns.Plan)]
    public string Id { get; set; } = "";

    /// <summary>The verb: Load, Unload or Capture.</summary>
    [Required]
    public OperationKind Kind { get; set; }

    /// <summary>Name of the Image that would be loaded, or made.</summary>
    [StringLength(253)]
    public string? Image { get; set; }

    /// <summary>Revision of that Image.</summary>
    [StringLength(64)]
    public string? Revision { get; set; }

    /// <summary>Digest of the Image that would be loaded.</summary>
    [StringLength(71)]
    public string? Digest { get; set; }

    /// <summary>Name of the ImageCapture, for Capture.</summary>
    [StringLength(253)]
    public string? CaptureName { get; set; }
}

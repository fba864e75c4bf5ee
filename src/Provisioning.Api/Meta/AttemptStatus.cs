using System.ComponentModel.DataAnnotations;

namespace Provisioning.Api.Meta;

/// <summary>Attempts that came to nothing, and the next one. Why they did is in the conditions.</summary>
public sealed record AttemptStatus
{
    /// <summary>Attempts that failed in a row.</summary>
    [Range(0, int.MaxValue)]
    public int Attempt { get; set; }

    /// <summary>When the next attempt is due.</summary>
    [Required]
    public DateTimeOffset NextTime { get; set; }
}

using Provisioning.Engines.Targets;

namespace Provisioning.Operator.Images;

/// <summary>What one Provisioner's library answered about an Image.</summary>
/// <param name="Provisioner">Name of the Provisioner.</param>
/// <param name="Answer">The answer.</param>
internal sealed record LibraryAnswer(string Provisioner, ImageAnswer Answer)
{
    /// <summary>Libraries of the same kind can copy images from one another; empty for those that cannot.</summary>
    public string Kind { get; init; } = "";

    /// <summary>How long a fetched copy may be unused here.</summary>
    public TimeSpan KeepUnused { get; init; }
}

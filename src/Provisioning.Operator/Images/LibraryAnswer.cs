using Provisioning.Engines.Targets;

namespace Provisioning.Operator.Images;

/// <summary>What one Provisioner's library answered about an Image.</summary>
/// <param name="Provisioner">Name of the Provisioner.</param>
/// <param name="Answer">The answer.</param>
internal sealed record LibraryAnswer(string Provisioner, ImageAnswer Answer);

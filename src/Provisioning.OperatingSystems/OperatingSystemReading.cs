using Provisioning.Api.Machines;

namespace Provisioning.OperatingSystems;

/// <summary>What a machine says about itself. It is said by the machine's user as much as by us: it corroborates, it does not prove.</summary>
/// <param name="CurrentImage">The image that currentimage.txt names.</param>
/// <param name="Configured">Whether currentimage.txt says that post-load was completed.</param>
/// <param name="Tainted">Whether currentimage.txt says that a user may have changed the machine; unknown, never No, if the file cannot be read.</param>
/// <param name="BootId">Boot id of the running kernel; null if it has none.</param>
/// <param name="HostKeys">Public SSH host keys on its disk, "ssh-ed25519 AAAA...", at most 8.</param>
public sealed record OperatingSystemReading(
    CurrentImageReading CurrentImage,
    Fact Configured,
    Fact Tainted,
    string? BootId,
    IReadOnlyList<string> HostKeys);

using Provisioning.Hostile.Tests.Fuzzing;

namespace Provisioning.Hostile.Tests.Targets;

/// <summary>All parsers of bytes that we did not write.</summary>
internal static class AllTargets
{
    public static IReadOnlyDictionary<string, Target> ByName { get; } =
        new[] { GuestTargets.All, SshTargets.All, LibvirtTargets.All, XCatTargets.All, LibraryTargets.All, XCatLibraryTargets.All, ConfigurationTargets.All, KubernetesTargets.All }.SelectMany(targets => targets).ToDictionary(target => target.Name, StringComparer.Ordinal);
}

using System.Globalization;

namespace Provisioning.Kubernetes.Caching;

/// <summary>
/// Comparison of resourceVersions. They are opaque unless both are decimal numbers, which the API has promised to be comparable since
/// Kubernetes 1.35 and which etcd's revisions always were.
/// </summary>
public static class ResourceVersions
{
    /// <summary>Whether <paramref name="seen"/> is known to be at least as new as <paramref name="wanted"/>.</summary>
    public static bool Covers(string? seen, string? wanted) =>
        TryParse(seen, out var seenNumber) && TryParse(wanted, out var wantedNumber) ? seenNumber >= wantedNumber : seen is not null && seen == wanted;

    private static bool TryParse(string? version, out ulong number) =>
        ulong.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}

using Provisioning.Kubernetes.Caching;

namespace Provisioning.Operator.Nodes;

/// <summary>In which version of a Node its operation is recorded: a version that shows none counts only if it is newer.</summary>
/// <param name="Version">resourceVersion of the Node.</param>
/// <param name="Until">
/// null: the operation is recorded in that version. Otherwise it is being recorded in a later one, and whether it was is known for certain only from a newer version; until then its place is kept.
/// </param>
internal sealed record RecordedVersion(string? Version, DateTimeOffset? Until = null)
{
    /// <summary>A write whose answer is lost has had its effect long before this time is over.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Whether a Node that shows no operation proves that this one is over.</summary>
    public bool IsOver(string? seen, DateTimeOffset now) =>
        ResourceVersions.Covers(seen, Version) && (Until is not { } until || seen != Version || now >= until);
}

using Provisioning.Kubernetes.Caching;

namespace Provisioning.Operator.Nodes;

/// <summary>In which version of a Node its operation is recorded: a version that shows none counts only if it is newer.</summary>
/// <param name="Version">resourceVersion of the Node.</param>
/// <param name="AskedAt">
/// null: the operation is recorded in that version. Otherwise it was sent at this timestamp, to be recorded in a later version, and no answer has come yet.
/// </param>
internal sealed record RecordedVersion(string? Version, long? AskedAt = null)
{
    /// <summary>A write whose answer is lost has had its effect long before this time is over, or never will. A timestamp and no time of day: clocks are put right.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(6);

    /// <summary>Whether a Node that shows no operation proves that this one is over.</summary>
    public bool IsOver(string? seen) => ResourceVersions.Covers(seen, Version) && (AskedAt is null || seen != Version);

    /// <summary>
    /// Whether only the API server can tell if the operation was recorded: time alone proves nothing about what was seen, because a watch may be silent for longer than any write takes.
    /// </summary>
    public bool IsInDoubt(string? seen, TimeProvider time) => AskedAt is { } asked && !IsOver(seen) && time.GetElapsedTime(asked) >= Patience;
}

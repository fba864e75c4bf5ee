namespace Provisioning.Core.Verdict;

/// <summary>What node_status compares a machine with.</summary>
/// <param name="Image">The desired image; null if none is asked for.</param>
/// <param name="HasOperatingSystem">Whether the machine can be asked what it runs. If not, the engine's record alone tells.</param>
public sealed record DesiredState(DesiredImage? Image, bool HasOperatingSystem);

/// <summary>Identity of a desired image.</summary>
/// <param name="Name">Name of the Image.</param>
/// <param name="Revision">Revision.</param>
/// <param name="Digest">Digest.</param>
public sealed record DesiredImage(string Name, string Revision, string Digest)
{
    /// <summary>The key that a machine reports as <c>imagerevision_id</c>.</summary>
    public string RevisionId => $"{Name}@{Revision}";
}

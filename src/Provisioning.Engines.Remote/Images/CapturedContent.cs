using Provisioning.Engines.Remote.Hosts;

namespace Provisioning.Engines.Remote.Images;

/// <summary>What a host says it has captured.</summary>
/// <param name="Digest">Digest, "sha256:...".</param>
/// <param name="SizeBytes">Size in bytes.</param>
public sealed record CapturedContent(string Digest, long SizeBytes)
{
    private const string Algorithm = "sha256:";

    /// <summary>From "sha256:DIGEST SIZE", which is the last line that was printed; null if it is not.</summary>
    /// <param name="log">What was printed.</param>
    /// <param name="before">What that line begins with.</param>
    public static CapturedContent? Parse(string log, string before = "")
    {
        ArgumentNullException.ThrowIfNull(log);
        var line = log.TrimEnd('\n').Split('\n')[^1];
        return line.StartsWith(before, StringComparison.Ordinal) && line[before.Length..].Split(' ') is [var digest, var size]
            && digest.StartsWith(Algorithm, StringComparison.Ordinal) && HostNumbers.IsHex(digest[Algorithm.Length..], 64) && HostNumbers.Bytes(size) is { } bytes
                ? new(digest, bytes)
                : null;
    }
}

using Provisioning.Engines.Remote.Hosts;
using Provisioning.Ssh;

namespace Provisioning.Engines.Configuration.Images;

/// <summary>What the host says of an image's file.</summary>
/// <param name="SizeBytes">Size in bytes.</param>
/// <param name="Digest">Digest in hex.</param>
/// <param name="IsFetched">Whether it is a copy that was fetched from elsewhere.</param>
internal sealed record ConfigurationFileAnswer(long SizeBytes, string Digest, bool IsFetched)
{
    /// <summary>There is certainly no such file.</summary>
    public static ConfigurationFileAnswer Missing { get; } = new(0, "missing", IsFetched: false);

    /// <summary>It is larger than a configuration can be.</summary>
    public static ConfigurationFileAnswer TooLarge { get; } = new(0, "large", IsFetched: false);

    /// <summary>From "missing", "large SIZE" or "file SIZE DIGEST own|fetched"; null for anything else.</summary>
    public static ConfigurationFileAnswer? Parse(SshResult result) => (result is { IsSuccess: true, OutputTruncated: false } ? result.Output.TrimEnd('\n').Split(' ') : []) switch
    {
        ["missing"] => Missing,
        ["large", var size] when HostNumbers.IsNumber(size) => TooLarge,
        ["file", var size, var digest, ("own" or "fetched") and var origin] when HostNumbers.Bytes(size) is { } bytes && HostNumbers.IsHex(digest, 64) => new(bytes, digest, origin == "fetched"),
        _ => null,
    };
}

using Provisioning.Engines.Remote.Hosts;
using Provisioning.Ssh;

namespace Provisioning.Engines.Remote.Images;

/// <summary>What a host has of an image that it receives.</summary>
/// <param name="SizeBytes">Bytes that have arrived.</param>
/// <param name="FreeBytes">Bytes that are free in the directory.</param>
/// <param name="Arrived">A word that tells this file from another one, and from the same one after a change.</param>
internal sealed record ReceivedPart(long SizeBytes, long FreeBytes, string Arrived)
{
    /// <summary>From "have SIZE FREE-KiB INODE TIME"; null for anything else.</summary>
    public static ReceivedPart? Parse(SshResult result) =>
        Words(result) is ["have", var size, var free, var inode, var time] && HostNumbers.Bytes(size) is { } sizeBytes && HostNumbers.BytesOfKibibytes(free) is { } freeBytes
        && HostNumbers.IsNumber(inode) && HostNumbers.IsNumber(time)
            ? new(sizeBytes, freeBytes, $"{inode}-{time}")
            : null;

    /// <summary>From "have SIZE"; null for anything else.</summary>
    public static long? ParseSize(SshResult result) => Words(result) is ["have", var size] ? HostNumbers.Bytes(size) : null;

    private static string[] Words(SshResult result) => result is { IsSuccess: true, OutputTruncated: false } ? result.Output.TrimEnd('\n').Split(' ') : [];
}

using Provisioning.Engines.Remote.Hosts;
using Provisioning.Ssh;

namespace Provisioning.Engines.XCat.Images;

/// <summary>How far the capture of partitions is.</summary>
/// <param name="State">What the system that captures says of itself.</param>
/// <param name="SizeBytes">Bytes that there are.</param>
/// <param name="FreeBytes">Bytes that are free.</param>
internal sealed record PartitionsLook(PartitionsState State, long SizeBytes, long FreeBytes)
{
    /// <summary>From "running|done|failed BYTES FREE-KIB"; null for anything else.</summary>
    public static PartitionsLook? Parse(SshResult result) =>
        result is { IsSuccess: true, OutputTruncated: false } && result.Output.TrimEnd('\n').Split(' ') is [var word, var size, var free] && StateOf(word) is { } state
        && HostNumbers.Bytes(size) is { } sizeBytes && HostNumbers.BytesOfKibibytes(free) is { } freeBytes
            ? new(state, sizeBytes, freeBytes)
            : null;

    private static PartitionsState? StateOf(string word) => word switch
    {
        "running" => PartitionsState.Running,
        "done" => PartitionsState.Done,
        "failed" => PartitionsState.Failed,
        _ => null,
    };
}

/// <summary>What a system that captures partitions says of itself, by marker files.</summary>
internal enum PartitionsState
{
    /// <summary>Nothing yet.</summary>
    Running,

    /// <summary>All is written.</summary>
    Done,

    /// <summary>It gave up.</summary>
    Failed,
}

using System.Text.RegularExpressions;
using Provisioning.Api;
using Provisioning.Engines.Operations;

namespace Provisioning.Engines.Remote.Hosts;

/// <summary>
/// A directory without space. Only a person can make room, so the Node is Stalled and says how much, where; it is tried again every ten minutes, so that it goes on by
/// itself when there is room.
/// </summary>
public static partial class DiskSpace
{
    /// <summary>Failed for want of space.</summary>
    /// <param name="what">What needs the space, as the beginning of a sentence: "The capture".</param>
    /// <param name="neededBytes">How much it needs.</param>
    /// <param name="freeBytes">How much there is.</param>
    /// <param name="directory">Where.</param>
    /// <param name="host">On which host.</param>
    public static OperationOutcome Full(string what, long neededBytes, long freeBytes, string directory, string host) => OperationOutcome.Failed(
        Reasons.DiskFull,
        $"{what} needs {Mebibytes(neededBytes)} MiB, and {directory} on {host} has {freeBytes >> 20} MiB left. Free at least {Mebibytes(Math.Max(neededBytes - freeBytes, 1))} MiB there; then it goes on by itself.",
        FailureKind.NeedsPerson);

    /// <summary>From "space NEEDED-BYTES FREE-KIB DIRECTORY", which our scripts print last when they find too little; null if they printed no such line.</summary>
    /// <param name="log">What was printed.</param>
    /// <param name="what">What needs the space, as the beginning of a sentence.</param>
    /// <param name="host">On which host.</param>
    public static OperationOutcome? FromLog(string log, string what, string host) =>
        Parse(log) is var (needed, free, directory) ? Full(what, needed, free, directory, host) : null;

    /// <summary>The numbers of that line, in bytes, and the directory; null if there is no such line.</summary>
    public static (long NeededBytes, long FreeBytes, string Directory)? Parse(string log) =>
        Line().Match(log) is { Success: true } match && HostNumbers.Bytes(match.Groups["needed"].Value) is { } needed && HostNumbers.BytesOfKibibytes(match.Groups["free"].Value) is { } free
            ? (needed, free, match.Groups["directory"].Value)
            : null;

    /// <summary>Whether a program said that there is no space left.</summary>
    public static bool IsFull(string log)
    {
        ArgumentNullException.ThrowIfNull(log);
        return log.Contains("No space left on device", StringComparison.Ordinal) || log.Contains("Disk quota exceeded", StringComparison.Ordinal);
    }

    private static long Mebibytes(long bytes) => (bytes >> 20) + ((bytes & 0xfffff) == 0 ? 0 : 1);

    [GeneratedRegex(@"(^|\n)space (?<needed>[0-9]{1,18}) (?<free>[0-9]{1,32}) (?<directory>/[^\n]{0,512})\n?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Line();
}

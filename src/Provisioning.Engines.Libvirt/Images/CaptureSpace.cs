using Provisioning.Engines.Remote.Hosts;
using Provisioning.Ssh;

namespace Provisioning.Engines.Libvirt.Images;

/// <summary>How much space a capture may need, and how much there is.</summary>
/// <param name="RequiredBytes">Most that it can need.</param>
/// <param name="FreeBytes">What is free.</param>
internal sealed record CaptureSpace(long RequiredBytes, long FreeBytes)
{
    private const string Mark = "\nfree ";

    /// <summary>From the answer of "qemu-img measure" and a last line "free KIB"; null for anything else.</summary>
    public static CaptureSpace? Parse(SshResult result)
    {
        var mark = result.Output.LastIndexOf(Mark, StringComparison.Ordinal);
        return result is { IsSuccess: true, OutputTruncated: false } && mark >= 0 && QemuImageInfo.ParseRequired(result.Output[..mark]) is { } required
            && HostNumbers.BytesOfKibibytes(result.Output[(mark + Mark.Length)..].TrimEnd('\n')) is { } free
                ? new(required, free)
                : null;
    }
}

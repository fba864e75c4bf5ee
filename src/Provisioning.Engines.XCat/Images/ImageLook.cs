using Provisioning.Engines.Remote.Hosts;
using Provisioning.Ssh;

namespace Provisioning.Engines.XCat.Images;

/// <summary>What the management node says of an image that it has.</summary>
/// <param name="SizeBytes">Size in bytes.</param>
/// <param name="Verified">Whether it was compared with its digest in the state that it is in, and has it; null if it was not compared.</param>
/// <param name="State">A word that changes with the definition and the files.</param>
/// <param name="CopyBytes">Bytes of a copy, 0 before it was compared, negative if it cannot be copied.</param>
/// <param name="IsFetched">Whether it is a copy that was fetched from elsewhere.</param>
internal sealed record ImageLook(long SizeBytes, bool? Verified, string State, long CopyBytes, bool IsFetched)
{
    private const string Never = "never";

    /// <summary>From a last line "image SIZE ok|bad|no STATE COPY fetched|placed"; null for anything else.</summary>
    public static ImageLook? Parse(SshResult result) =>
        result is { IsSuccess: true, OutputTruncated: false }
        && result.Output.TrimEnd('\n').Split('\n')[^1].Split(' ') is ["image", var size, ("ok" or "bad" or "no") and var verified, var state, var copy, ("fetched" or "placed") and var origin]
        && HostNumbers.Bytes(size) is { } bytes && HostNumbers.IsHex(state, 64) && (copy == Never ? -1 : HostNumbers.Bytes(copy)) is { } copyBytes
            ? new(bytes, verified switch { "ok" => true, "bad" => false, _ => null }, state, copyBytes, origin == "fetched")
            : null;
}

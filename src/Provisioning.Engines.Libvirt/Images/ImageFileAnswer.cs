using Provisioning.Engines.Remote.Hosts;
using Provisioning.Ssh;

namespace Provisioning.Engines.Libvirt.Images;

/// <summary>What the VM host says of an image's file.</summary>
/// <param name="SizeBytes">Size in bytes.</param>
/// <param name="Verified">Whether it was compared with its digest in the state that it is in, and has it; null if it was not compared.</param>
/// <param name="State">A word that changes with the file.</param>
/// <param name="IsFetched">Whether it is a copy that was fetched from elsewhere.</param>
internal sealed record ImageFileAnswer(long SizeBytes, bool? Verified, string State, bool IsFetched)
{
    /// <summary>There is certainly no such file.</summary>
    public static ImageFileAnswer Missing { get; } = new(0, null, "", IsFetched: false);

    /// <summary>From "missing" or "file SIZE ok|bad|no STATE fetched|placed"; null for anything else.</summary>
    public static ImageFileAnswer? Parse(SshResult result) => (result is { IsSuccess: true, OutputTruncated: false } ? result.Output.TrimEnd('\n').Split(' ') : []) switch
    {
        ["missing"] => Missing,
        ["file", var size, ("ok" or "bad" or "no") and var verified, var state, ("fetched" or "placed") and var origin] when HostNumbers.Bytes(size) is { } bytes && HostNumbers.IsHex(state, 16) =>
            new(bytes, verified switch { "ok" => true, "bad" => false, _ => null }, state, origin == "fetched"),
        _ => null,
    };
}

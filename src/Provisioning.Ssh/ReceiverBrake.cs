using Renci.SshNet.Compression;

namespace Provisioning.Ssh;

/// <summary>
/// Compresses nothing. What is received goes through a connection's compression before anything is made of it, on the thread that receives, and this is the only place there that SSH.NET
/// lets others into: its windows and streams are its own.
/// </summary>
/// <param name="unread">What waits to be read on the connection.</param>
internal sealed class ReceiverBrake(UnreadOutput unread) : Compressor(delayedCompression: false)
{
    /// <summary>RFC 4253, section 6.2: the one that every server must support.</summary>
    public const string None = "none";

    // RFC 4254, section 9.
    private const byte ChannelData = 94;
    private const byte ChannelExtendedData = 95;

    // RFC 4253, section 11.2: a message that says nothing. A closing connection is still read, or a peer that waits to be read would never come to read our goodbye.
    private static readonly byte[] Ignore = [2, 0, 0, 0, 0];

    /// <inheritdoc/>
    public override string Name => None;

    /// <inheritdoc/>
    public override byte[] Decompress(byte[] data, int offset, int length) =>
        length > 0 && data[offset] is ChannelData or ChannelExtendedData && !unread.WaitForRoom() ? Ignore : DecompressCore(data, offset, length);

    /// <inheritdoc/>
    public override byte[] Compress(byte[] data, int offset, int length) => CompressCore(data, offset, length);

    /// <inheritdoc/>
    protected override byte[] CompressCore(byte[] data, int offset, int length) => Whole(data, offset, length);

    /// <inheritdoc/>
    protected override byte[] DecompressCore(byte[] data, int offset, int length) => Whole(data, offset, length);

    private static byte[] Whole(byte[] data, int offset, int length) => offset == 0 && length == data.Length ? data : data[offset..(offset + length)];
}

using System.Buffers;
using System.Text;

namespace Provisioning.Ssh;

/// <summary>Keeps the first bytes of a stream and counts the rest.</summary>
/// <param name="capacity">Most bytes that are kept.</param>
/// <param name="mark">A line that what belongs here comes after; empty if all of it does. What has no such line near its beginning belongs here as a whole.</param>
internal sealed class BoundedBuffer(int capacity, string mark = "")
{
    /// <summary>More than any greeting says.</summary>
    private const int LongestPreamble = 64 * 1024;

    private readonly byte[] _mark = Encoding.ASCII.GetBytes(mark + "\n");
    private readonly ArrayBufferWriter<byte> _preamble = new();
    private readonly ArrayBufferWriter<byte> _kept = new();
    private readonly byte[] _chunk = new byte[32 * 1024];
    private bool _begun = mark.Length == 0;

    public long ThrownAway { get; private set; }

    public ReadOnlyMemory<byte> Kept => _kept.WrittenMemory;

    /// <summary>Takes what the stream has by now. Its length is what can be read without blocking.</summary>
    public void Drain(Stream stream)
    {
        for (var available = stream.Length; available > 0;)
        {
            var read = stream.Read(_chunk, 0, (int)Math.Min(available, _chunk.Length));
            if (read <= 0)
                return;
            Take(_chunk.AsSpan(0, read));
            available -= read;
        }
    }

    /// <summary>There will be no more: without the mark, all of it is what was said.</summary>
    public void End()
    {
        if (!_begun)
            Begin(_preamble.WrittenSpan);
    }

    private void Take(ReadOnlySpan<byte> bytes)
    {
        if (_begun)
        {
            Keep(bytes);
            return;
        }

        _preamble.Write(bytes);
        if (_preamble.WrittenSpan.IndexOf(_mark) is >= 0 and var place)
            Begin(_preamble.WrittenSpan[(place + _mark.Length)..]);
        else if (_preamble.WrittenCount > LongestPreamble)
            Begin(_preamble.WrittenSpan);
    }

    private void Begin(ReadOnlySpan<byte> bytes)
    {
        _begun = true;
        Keep(bytes);
        _preamble.Clear();
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        var keep = Math.Min(bytes.Length, capacity - _kept.WrittenCount);
        _kept.Write(bytes[..keep]);
        ThrownAway += bytes.Length - keep;
    }

    public override string ToString() => Encoding.UTF8.GetString(_kept.WrittenSpan);
}

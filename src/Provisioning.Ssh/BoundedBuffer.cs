using System.Buffers;
using System.Text;

namespace Provisioning.Ssh;

/// <summary>Keeps the first bytes of a stream and counts the rest.</summary>
internal sealed class BoundedBuffer(int capacity)
{
    private readonly ArrayBufferWriter<byte> _kept = new();
    private readonly byte[] _chunk = new byte[32 * 1024];

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
            var keep = (int)Math.Min(read, capacity - _kept.WrittenCount);
            _kept.Write(_chunk.AsSpan(0, keep));
            ThrownAway += read - keep;
            available -= read;
        }
    }

    public override string ToString() => Encoding.UTF8.GetString(_kept.WrittenSpan);
}

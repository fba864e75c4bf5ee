namespace Provisioning.Simulation.Clusters;

/// <summary>A body that comes when it is pushed.</summary>
internal sealed class PushStream : Stream
{
    private readonly Queue<(ReadOnlyMemory<byte> Bytes, Action? WhenRead)> _chunks = new();
    private TaskCompletionSource _changed = NewSource();
    private Exception? _broken;
    private bool _isEnded;

    public bool IsClosed { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Adds something.</summary>
    /// <param name="bytes">What.</param>
    /// <param name="whenRead">Called when it is read; never, where the answer to which the body belongs was lost.</param>
    public void Push(ReadOnlyMemory<byte> bytes, Action? whenRead = null)
    {
        _chunks.Enqueue((bytes, whenRead));
        Change();
    }

    public void End()
    {
        _isEnded = true;
        Change();
    }

    public void Break()
    {
        _broken = new IOException("Connection reset by peer.");
        Change();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_chunks.Count == 0)
        {
            if (_broken is not null)
                throw _broken;
            if (_isEnded)
                return 0;
            await _changed.Task.WaitAsync(cancellationToken);
        }

        var (chunk, whenRead) = _chunks.Dequeue();
        whenRead?.Invoke();
        var count = Math.Min(chunk.Length, buffer.Length);
        chunk[..count].CopyTo(buffer);
        if (count < chunk.Length)
        {
            var rest = _chunks.ToArray();
            _chunks.Clear();
            _chunks.Enqueue((chunk[count..], null));
            foreach (var later in rest)
                _chunks.Enqueue(later);
        }

        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("The operator reads bodies asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        IsClosed = true;
        base.Dispose(disposing);
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Change()
    {
        var changed = _changed;
        _changed = NewSource();
        changed.TrySetResult();
    }
}

using Renci.SshNet;

namespace Provisioning.Ssh;

/// <summary>
/// What a machine has said on one connection and nobody has read yet. SSH.NET lets a machine send 2 GiB for every command before it has to wait, and keeps in memory what comes, so that
/// one that talks faster than we read takes all there is. Here the thread that receives waits instead, and TCP makes the machine wait.
/// </summary>
internal sealed class UnreadOutput
{
    /// <summary>More than is asked for at once, so that nobody waits for an answer that was expected.</summary>
    public const int MostBytes = 8 * 1024 * 1024;

    // Waited on by the one thread that receives.
    private readonly object _sync = new();
    private readonly HashSet<SshCommand> _running = [];
    private readonly HashSet<SshCommand> _left = [];
    private readonly byte[] _thrownAway = new byte[64 * 1024];
    private bool _closed;

    /// <summary>Before the command is sent.</summary>
    public void Begin(SshCommand command)
    {
        lock (_sync)
            _running.Add(command);
    }

    /// <summary>Nobody reads what this command says from now on: it is thrown away until the command has ended.</summary>
    public void Leave(SshCommand command)
    {
        lock (_sync)
        {
            _running.Remove(command);
            _left.Add(command);
            Monitor.PulseAll(_sync);
        }
    }

    /// <summary>Nothing of this command comes any more.</summary>
    public void End(SshCommand command)
    {
        lock (_sync)
            _left.Remove(command);
    }

    /// <summary>Something was read.</summary>
    public void Read()
    {
        lock (_sync)
            Monitor.PulseAll(_sync);
    }

    /// <summary>Nothing that comes is taken any more: who closes a connection waits for the thread that receives.</summary>
    public void Close()
    {
        lock (_sync)
        {
            _closed = true;
            Monitor.PulseAll(_sync);
        }
    }

    /// <summary>By the thread that receives, before it takes more. Whether it is to be taken.</summary>
    public bool WaitForRoom()
    {
        lock (_sync)
        {
            foreach (var command in _left)
            {
                ThrowAway(command.OutputStream);
                ThrowAway(command.ExtendedOutputStream);
            }

            while (!_closed && _running.Sum(command => command.OutputStream.Length + command.ExtendedOutputStream.Length) > MostBytes)
                Monitor.Wait(_sync);
            return !_closed;
        }
    }

    /// <summary>Only the thread that receives writes into it, so it does not grow meanwhile.</summary>
    private void ThrowAway(Stream stream)
    {
        while (stream.Length > 0)
            stream.ReadExactly(_thrownAway, 0, (int)Math.Min(stream.Length, _thrownAway.Length));
    }
}

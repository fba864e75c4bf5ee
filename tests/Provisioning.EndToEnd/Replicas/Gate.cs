using System.Net;
using System.Net.Sockets;

namespace Provisioning.EndToEnd.Replicas;

/// <summary>
/// A way to a server on which a command can be stopped: of the connections that exist at that moment, the next large message of the client stays on the way until it is let go, however
/// late that is. Connections that are made afterwards pass.
/// </summary>
internal sealed class Gate : IAsyncDisposable
{
    // A command carries its script; what SSH says around it is small.
    private const int SmallestCommand = 4500;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource _letGo = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Task> _links = [];
    private readonly (string Address, int Port) _server;
    private readonly Task _accepting;
    private volatile int _generation;
    private Func<Task<bool>> _isMeant = static () => Task.FromResult(true);
    private long _held;
    private long _answered;

    public Gate(string address, int port)
    {
        _server = (address, port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Port on 127.0.0.1.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Bytes of commands that are on the way.</summary>
    public long Held => Interlocked.Read(ref _held);

    /// <summary>Bytes that the server has answered to the commands that were let go.</summary>
    public long Answered => Interlocked.Read(ref _answered);

    /// <summary>Stops the next command of each connection that exists.</summary>
    /// <param name="isMeant">Tells of a command that is on the way whether it is the one to be stopped; null for whichever is next. It waits for the answer.</param>
    public void HoldCommands(Func<Task<bool>>? isMeant = null)
    {
        _isMeant = isMeant ?? _isMeant;
        _generation++;
    }

    /// <summary>Lets them arrive.</summary>
    public void LetGo() => _letGo.SetResult();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_links).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            var client = await _listener.AcceptTcpClientAsync(_end.Token);
            _links.Add(LinkAsync(client, _generation));
        }
    }

    private async Task LinkAsync(TcpClient client, int generation)
    {
        using (client)
        using (var server = new TcpClient())
        {
            await server.ConnectAsync(_server.Address, _server.Port, _end.Token);
            var link = new Link();
            var asking = PumpAsync(client, server, async count =>
            {
                if (_generation == generation || count < SmallestCommand || link.IsHeld || _letGo.Task.IsCompleted || !await _isMeant())
                    return;
                link.IsHeld = true;
                Interlocked.Add(ref _held, count);
                await _letGo.Task.WaitAsync(_end.Token);
            });
            var answering = PumpAsync(server, client, count =>
            {
                if (link.IsHeld && _letGo.Task.IsCompleted)
                    Interlocked.Add(ref _answered, count);
                return Task.CompletedTask;
            });
            await Task.WhenAny(asking, answering);
        }
    }

    private async Task PumpAsync(TcpClient from, TcpClient to, Func<int, Task> beforeAsync)
    {
        var buffer = new byte[64 * 1024];
        while (await from.GetStream().ReadAsync(buffer, _end.Token) is var count && count > 0)
        {
            await beforeAsync(count);
            await to.GetStream().WriteAsync(buffer.AsMemory(0, count), _end.Token);
        }
    }

    private sealed class Link
    {
        public bool IsHeld { get; set; }
    }
}

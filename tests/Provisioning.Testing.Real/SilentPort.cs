using System.Net;
using System.Net.Sockets;

namespace Provisioning.Testing.Real;

/// <summary>A port at which every attempt to connect is left without an answer: its line of waiting connections is full, so the kernel drops what comes.</summary>
public sealed class SilentPort : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _line = [];

    private SilentPort()
    {
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Takes a port over from a server that was killed, and is gone only a moment later.</summary>
    public static async Task<SilentPort> OnAsync(int port)
    {
        var silence = new SilentPort();
        silence._listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                silence._listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
                break;
            }
            catch (SocketException) when (attempt < 100)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }

        silence._listener.Listen(0);
        while (await silence.TryFillAsync(port))
        {
        }

        return silence;
    }

    public void Dispose()
    {
        foreach (var waiting in _line)
            waiting.Dispose();
        _listener.Dispose();
    }

    private async Task<bool> TryFillAsync(int port)
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        // Without the pause after its end in which the port could not be bound again.
        client.LingerState = new(true, 0);
        _line.Add(client);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port, limit.Token);
            return _line.Count < 20;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}

using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Provisioning.Ssh.Tests.Support;

/// <summary>Something that listens and is no SSH server.</summary>
internal sealed class OddServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<TcpClient> _clients = [];
    private int _connections;

    private OddServer(Func<NetworkStream, CancellationToken, Task> behaviour)
    {
        _listener.Start();
        _ = AcceptAsync(behaviour);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Accepts and never says anything.</summary>
    public static OddServer Silent() => new(static (_, stop) => Task.Delay(Timeout.Infinite, stop));

    /// <summary>Says the right words, a byte now and then, without end.</summary>
    public static OddServer SlowBanner() => new(static async (stream, stop) =>
    {
        while (true)
        {
            await stream.WriteAsync("x"u8.ToArray(), stop);
            await Task.Delay(100, stop);
        }
    });

    /// <summary>Identifies itself as SSH and then says nothing: the client waits in the key exchange.</summary>
    public static OddServer MuteAfterBanner() => new(static async (stream, stop) =>
    {
        await stream.WriteAsync("SSH-2.0-mute\r\n"u8.ToArray(), stop);
        await Task.Delay(Timeout.Infinite, stop);
    });

    public static OddServer Saying(string text) => new((stream, stop) => stream.WriteAsync(Encoding.ASCII.GetBytes(text), stop).AsTask());

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Stop();
        _clients.ForEach(client => client.Dispose());
        _stop.Dispose();
    }

    private async Task AcceptAsync(Func<NetworkStream, CancellationToken, Task> behaviour)
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _clients.Add(client);
                Interlocked.Increment(ref _connections);
                _ = ServeAsync(client, behaviour);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeAsync(TcpClient client, Func<NetworkStream, CancellationToken, Task> behaviour)
    {
        try
        {
            await behaviour(client.GetStream(), _stop.Token);
            client.Close();
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or ObjectDisposedException)
        {
        }
    }
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Provisioning.Testing.Real;

/// <summary>Loopback ports: finds those that nobody uses, and waits for the server of one.</summary>
public static class Ports
{
    private static readonly HashSet<int> Given = [];

    /// <summary>
    /// A free port below the kernel's ephemeral ones, so that no client connection takes it before it is used. Never the same one twice: what is made side by side would get it too.
    /// </summary>
    public static int Free()
    {
        var random = new Random();
        for (var attempt = 0; attempt < 200; attempt++)
        {
            var port = random.Next(20000, 32000);
            lock (Given)
            {
                if (!Given.Add(port))
                    continue;
            }

            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody listens there.
            }
        }

        throw new InvalidOperationException("No free TCP port between 20000 and 32000 was found.");
    }

    /// <summary>Waits until a server that was just started takes connections.</summary>
    /// <param name="server">Its process.</param>
    /// <param name="port">Its port.</param>
    /// <param name="address">Its address.</param>
    /// <exception cref="InvalidOperationException">It ended, or does not listen within 30 s.</exception>
    public static async Task ListenAsync(Process server, int port, string address = "127.0.0.1")
    {
        var begun = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(30) && !server.HasExited)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Parse(address), port);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }

        throw new InvalidOperationException($"{server.StartInfo.FileName} does not listen at {address}:{port}{(server.HasExited ? $": it ended with {server.ExitCode}" : "")}.");
    }
}

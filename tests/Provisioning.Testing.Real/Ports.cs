using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Provisioning.Testing.Real;

/// <summary>Loopback ports: finds those that nobody uses, and waits for the server of one.</summary>
public static class Ports
{
    // As in free_port: longer than from the choice of a port to its use, and than a server of a test is down.
    private static readonly TimeSpan Validity = TimeSpan.FromMinutes(30);

    // The folder of free_port in hack/lib/common.sh: suites run side by side, and what one of them has found must not be found by another before it is used.
    private static readonly string Reserved = Path.Combine(
        Path.GetTempPath(), $"provisioning-ports-{File.ReadLines("/proc/self/status").Single(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1]}");

    /// <summary>A free port below the kernel's ephemeral ones, so that no client connection takes it before it is used. Nobody else gets it either, in this process or in another.</summary>
    public static int Free()
    {
        ForgetOld();
        var random = new Random();
        for (var attempt = 0; attempt < 1000; attempt++)
        {
            var port = random.Next(20000, 32000);
            try
            {
                File.Open(Path.Combine(Reserved, port.ToString(CultureInfo.InvariantCulture)), FileMode.CreateNew).Dispose();
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (Exception taken) when (taken is IOException or SocketException)
            {
                // Somebody has got it, or listens there.
            }
        }

        throw new InvalidOperationException($"No free TCP port between 20000 and 32000 was found. Stop what listens there, or remove {Reserved}.");
    }

    private static void ForgetOld()
    {
        foreach (var file in Directory.CreateDirectory(Reserved).EnumerateFiles())
        {
            if (file.LastWriteTimeUtc < TimeProvider.System.GetUtcNow().UtcDateTime - Validity)
                file.Delete();
        }
    }

    /// <summary>Waits until a server that was just started takes connections.</summary>
    /// <param name="server">Its process.</param>
    /// <param name="port">Its port.</param>
    /// <param name="address">Its address.</param>
    /// <exception cref="InvalidOperationException">It ended, or does not listen within 3 min.</exception>
    public static async Task ListenAsync(Process server, int port, string address = "127.0.0.1")
    {
        var begun = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begun) < TimeSpan.FromMinutes(3) && !server.HasExited)
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

using System.Net;
using System.Net.Sockets;

namespace Provisioning.EndToEnd.Bed;

/// <summary>Finds loopback ports that nobody uses.</summary>
public static class Ports
{
    private static readonly HashSet<int> Given = [];

    /// <summary>A free port below the kernel's ephemeral ones, so that no client connection takes it before it is used. Never the same one twice.</summary>
    public static int Free()
    {
        for (var attempt = 0; attempt < 200; attempt++)
        {
            var port = Random.Shared.Next(20000, 32000);
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
}

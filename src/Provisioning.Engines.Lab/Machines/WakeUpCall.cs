using System.Net.Sockets;
using Provisioning.Api.Provisioners;

namespace Provisioning.Engines.Lab.Machines;

/// <summary>Wake-on-LAN: a packet of six bytes FF and sixteen times the MAC address. Nobody answers it, and a machine that is on does not mind it.</summary>
internal sealed class WakeUpCall(LabSpec spec)
{
    private const int Repetitions = 16;

    /// <summary>Where the packet goes, for people.</summary>
    public string Destination => $"{spec.WakeOnLanAddress}:{spec.WakeOnLanPort}";

    /// <summary>Sends it.</summary>
    /// <exception cref="SocketException">It could not be sent.</exception>
    public async Task SendAsync(string macAddress, CancellationToken cancellationToken)
    {
        using var client = new UdpClient(spec.WakeOnLanAddress.Contains(':', StringComparison.Ordinal) ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork) { EnableBroadcast = true };
        await client.SendAsync(Packet(macAddress), spec.WakeOnLanAddress, spec.WakeOnLanPort, cancellationToken);
    }

    internal static byte[] Packet(string macAddress)
    {
        var address = Convert.FromHexString(macAddress.Replace(":", "", StringComparison.Ordinal));
        return [.. Enumerable.Repeat((byte)0xFF, 6), .. Enumerable.Repeat(address, Repetitions).SelectMany(bytes => bytes)];
    }
}

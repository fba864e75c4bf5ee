using System.Net;
using System.Net.Sockets;

namespace Provisioning.Engines.Lab.Tests.Conformance;

/// <summary>The wire that all machines of a room hear: passes a packet on to the one whose address is in it.</summary>
internal sealed class WakeUpRelay(Func<string, LabMachine?> machineOf) : IAsyncDisposable
{
    private readonly UdpClient _wire = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly CancellationTokenSource _end = new();
    private Task _listening = Task.CompletedTask;

    public int Port => ((IPEndPoint)_wire.Client.LocalEndPoint!).Port;

    public void Start() => _listening = ListenAsync();

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _listening;
        _wire.Dispose();
        _end.Dispose();
    }

    private async Task ListenAsync()
    {
        try
        {
            while (true)
            {
                var packet = (await _wire.ReceiveAsync(_end.Token)).Buffer;
                if (packet.Length != 102 || machineOf(Convert.ToHexString(packet[6..12])) is not { } machine)
                    continue;
                // Machines of these tests all think that they have the same address.
                byte[] own = [.. packet[..6], .. Enumerable.Repeat(Convert.FromHexString(LabMachine.MacAddress.Replace(":", "", StringComparison.Ordinal)), 16).SelectMany(bytes => bytes)];
                await _wire.SendAsync(own, new IPEndPoint(IPAddress.Loopback, machine.WakeUpPort), _end.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The end of the room.
        }
    }
}

using System.Diagnostics;
using System.Net.Sockets;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Faults;

/// <summary>
/// A second way into the VM host through a network of its own: an sshd of the host's user in a network namespace, at the far end of a pair of virtual network cards that can be cut or made
/// slow. Machines, libvirt and files are the host's.
/// </summary>
/// <param name="host">The VM host.</param>
internal sealed class NetworkNamespace(VmHost host) : IAsyncDisposable
{
    private const int Port = 22000;
    private readonly string _name = $"prov-{Environment.ProcessId}";
    private readonly string _near = $"pn{Environment.ProcessId}";
    private readonly string _far = $"pf{Environment.ProcessId}";
    private Process? _server;

    /// <summary>Address of the SSH server.</summary>
    public string Address => Subnet(2);

    /// <summary>Port of the SSH server.</summary>
    public int ServerPort => Port;

    /// <summary>Makes it.</summary>
    public async Task StartAsync()
    {
        await IpAsync("netns", "add", _name);
        await IpAsync("link", "add", _near, "type", "veth", "peer", "name", _far, "netns", _name);
        await IpAsync("address", "add", $"{Subnet(1)}/30", "dev", _near);
        await IpAsync("link", "set", _near, "up");
        await IpAsync("-n", _name, "address", "add", $"{Subnet(2)}/30", "dev", _far);
        await IpAsync("-n", _name, "link", "set", _far, "up");

        var config = Path.Combine(host["HOME"], "ssh", "sshd_config");
        var lines = (await File.ReadAllLinesAsync(config)).Where(line => !line.StartsWith("ListenAddress ", StringComparison.Ordinal) && !line.StartsWith("Port ", StringComparison.Ordinal));
        await File.WriteAllLinesAsync(config + ".netns", [$"ListenAddress {Address}", $"Port {Port}", .. lines]);
        _server = Process.Start("ip", ["netns", "exec", _name, .. host.AsUser("PATH=/usr/bin:/bin:/usr/sbin:/sbin"), "/usr/sbin/sshd", "-D", "-E", Path.Combine(host["HOME"], "ssh", "netns.log"), "-f", config + ".netns"]);
        for (var attempt = 0; !await IsReachableAsync(); attempt++)
        {
            Assert.True(attempt < 100 && !_server.HasExited, $"The SSH server at {Address} does not answer.");
            await Task.Delay(50);
        }
    }

    /// <summary>Whether the SSH server can be reached within a second.</summary>
    public async Task<bool> IsReachableAsync()
    {
        using var client = new TcpClient();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            await client.ConnectAsync(Address, Port, limit.Token);
            return true;
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Nothing gets through any more, in either direction, and nobody is told.</summary>
    public Task CutAsync() => IpAsync("-n", _name, "link", "set", _far, "down");

    /// <summary>The network is back.</summary>
    public Task MendAsync() => IpAsync("-n", _name, "link", "set", _far, "up");

    /// <summary>
    /// Everything that the host says takes long: by netem, 300 ms give or take 100 and two packets of a hundred lost; where the kernel has no netem, by a line of 100 kbit/s.
    /// </summary>
    /// <returns>Which of the two.</returns>
    public async Task<string> SlowDownAsync()
    {
        string[] netem = ["netem", "delay", "300ms", "100ms", "loss", "2%"];
        if ((await Programs.TryAsync("ip", ["netns", "exec", _name, "tc", "qdisc", "add", "dev", _far, "root", .. netem])).ExitCode == 0)
            return string.Join(' ', netem);
        string[] line = ["tbf", "rate", "100kbit", "burst", "2kb", "latency", "2s"];
        foreach (var (device, prefix) in ((string, string[])[])[(_far, ["ip", "netns", "exec", _name]), (_near, ["env"])])
            await Programs.RunAsync(prefix[0], [.. prefix[1..], "tc", "qdisc", "add", "dev", device, "root", .. line]);
        return string.Join(' ', line);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_server is { HasExited: false })
        {
            _server.Kill(entireProcessTree: true);
            await _server.WaitForExitAsync();
        }

        _server?.Dispose();
        await Programs.TryAsync("ip", ["link", "delete", _near]);
        await Programs.TryAsync("ip", ["netns", "delete", _name]);
    }

    // A subnet of four addresses for each process that may run tests at the same time.
    private static string Subnet(int host) => $"10.203.{(Environment.ProcessId >> 6) & 255}.{((Environment.ProcessId & 63) << 2) + host}";

    private static Task<string> IpAsync(params string[] arguments) => Programs.RunAsync("ip", arguments);
}

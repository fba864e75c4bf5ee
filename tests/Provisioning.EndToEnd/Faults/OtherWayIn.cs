using System.Diagnostics;
using System.Net.Sockets;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Faults;

/// <summary>A second sshd of the VM host's user, in a network or with settings of its own. Machines, libvirt and files are the host's.</summary>
/// <param name="host">The VM host.</param>
/// <param name="network">Its network; null for that of the host.</param>
/// <param name="settings">More lines of sshd_config.</param>
internal sealed class OtherWayIn(VmHost host, NetworkNamespace? network = null, params IReadOnlyList<string> settings) : IAsyncDisposable
{
    private readonly int _port = Ports.Free();
    private Process? _server;

    private string Address => network?.Address ?? host["ADDRESS"];

    private string Config => Path.Combine(host["HOME"], "ssh", $"sshd_config.{_port}");

    /// <summary>Starts it.</summary>
    public async Task StartAsync()
    {
        var lines = (await File.ReadAllLinesAsync(Path.Combine(host["HOME"], "ssh", "sshd_config"))).Where(line => !line.StartsWith("ListenAddress ", StringComparison.Ordinal) && !line.StartsWith("Port ", StringComparison.Ordinal));
        await File.WriteAllLinesAsync(Config, [$"ListenAddress {Address}", $"Port {_port}", .. settings, .. lines]);
        string[] command =
        [
            .. network is null ? (string[])[] : ["ip", "netns", "exec", network.Name], .. host.AsUser("PATH=/usr/bin:/bin:/usr/sbin:/sbin"),
            "/usr/sbin/sshd", "-D", "-E", Path.Combine(host["HOME"], "ssh", $"{_port}.log"), "-f", Config,
        ];
        _server = Process.Start(command[0], command[1..]);
        await Poll.UntilAsync($"the SSH server at {Address} answers", IsReachableAsync, TimeSpan.FromMinutes(1), isLost: () => _server.HasExited);
    }

    /// <summary>Lets the Provisioner of a machine come this way.</summary>
    public Task TakeAsync(BareMachine machine) => machine.Lab.Kubectl.PatchAsync("pprov", "host", $$"""{"spec":{"libvirt":{"address":"{{Address}}","port":{{_port}} } } }""");

    /// <summary>Whether the SSH server can be reached within a second.</summary>
    public async Task<bool> IsReachableAsync()
    {
        using var client = new TcpClient();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            await client.ConnectAsync(Address, _port, limit.Token);
            return true;
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            return false;
        }
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
        File.Delete(Config);
    }
}

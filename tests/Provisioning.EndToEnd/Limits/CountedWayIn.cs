using System.Diagnostics;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Limits;

/// <summary>
/// A second sshd on the VM host, for all of its users, that writes down when each command begins and ends. A line is added to the end of the file at once, so the lines stand
/// in the order in which it happened.
/// </summary>
/// <param name="host">The VM host.</param>
internal sealed class CountedWayIn(VmHost host) : IAsyncDisposable
{
    private Process? _server;

    private string Folder => Path.Combine(host["HOME"], "ssh");

    private string Log => Path.Combine(Folder, "counted.log");

    public int Port { get; } = Ports.Free();

    public string Address => host["ADDRESS"];

    public async Task StartAsync()
    {
        var (config, script) = (Path.Combine(Folder, "counted_config"), Path.Combine(Folder, "counted.sh"));
        await File.WriteAllTextAsync(Log, "");
        File.SetUnixFileMode(Log, (UnixFileMode)0b110_110_110);
        await File.WriteAllTextAsync(script,
            $"""
            echo "+ $USER" >>{Log}
            /bin/sh -c "$SSH_ORIGINAL_COMMAND"
            code=$?
            echo "- $USER" >>{Log}
            exit $code

            """);
        // All users with the home of the host's: what root's own shell does at its start would be done before every command, and one that was killed in the middle of it can make it hang for all that follow.
        var lines = (await File.ReadAllLinesAsync(Path.Combine(Folder, "sshd_config")))
            .Where(line => !line.StartsWith("ListenAddress ", StringComparison.Ordinal) && !line.StartsWith("Port ", StringComparison.Ordinal))
            .Select(line => line.StartsWith("SetEnv ", StringComparison.Ordinal) ? $"{line} HOME={host["HOME"]}" : line);
        await File.WriteAllLinesAsync(config, [$"ListenAddress {Address}", $"Port {Port}", $"ForceCommand /bin/sh {script}", .. lines]);
        // Only a server that is root lets in others than itself.
        Directory.CreateDirectory("/run/sshd");
        _server = Process.Start("/usr/sbin/sshd", ["-D", "-E", Path.Combine(Folder, "counted-sshd.log"), "-f", config]);
        await Ports.ListenAsync(_server, Port, Address);
    }

    /// <summary>How many commands of whom began, and how many ran at once at most.</summary>
    public async Task<(IReadOnlyDictionary<string, int> Begun, int MostAtOnce)> CommandsAsync()
    {
        Dictionary<string, int> begun = [];
        var (running, most) = (0, 0);
        foreach (var line in await File.ReadAllLinesAsync(Log))
        {
            if (line.StartsWith("- ", StringComparison.Ordinal))
            {
                running--;
                continue;
            }

            begun[line[2..]] = begun.GetValueOrDefault(line[2..]) + 1;
            most = Math.Max(most, ++running);
        }

        return (begun, most);
    }

    /// <summary>Connections that are established to it at this moment, as the kernel lists them for those that opened them.</summary>
    public int Connections()
    {
        // Address and port as /proc/net/tcp writes them: 0100007F:1F90, and 01 for established.
        var bytes = System.Net.IPAddress.Parse(Address).GetAddressBytes();
        var remote = $"{bytes[3]:X2}{bytes[2]:X2}{bytes[1]:X2}{bytes[0]:X2}:{Port:X4}";
        return ConnectionTables.Sum(table => File.ReadLines(table).Count(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, _, var far, "01", ..] && far.EndsWith(remote, StringComparison.Ordinal)));
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
    }

    // The second lists the sockets for both versions of IP, of which .NET makes its own.
    private static readonly string[] ConnectionTables = ["/proc/net/tcp", "/proc/net/tcp6"];
}

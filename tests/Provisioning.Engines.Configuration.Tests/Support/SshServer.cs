using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Provisioning.Api.Machines;

namespace Provisioning.Engines.Testing;

/// <summary>
/// A real sshd on a free port of 127.0.0.1, for the user that runs the tests. Sessions find the programs of <see cref="Programs"/> before those of the system, so that a test can
/// put others in their place.
/// </summary>
public sealed class SshServer : IAsyncDisposable
{
    private const string Program = "/usr/sbin/sshd";

    /// <summary>Every login is greeted, on standard output too, by words that mean something elsewhere and act on terminals.</summary>
    private const string Greeting = "\u001b[2J\u001b]0;owned\aWelcome to the host!\nversion 1\nmissing x\nstate=running\n::code 0\n::end 1\nhave 7 7\n";

    private static readonly HashSet<int> Given = [];
    private Process? _process;

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("provisioning-sshd-").FullName;

    /// <summary>Programs that are found first.</summary>
    public string Programs => Path.Combine(Directory, "bin");

    public string Address { get; init; } = "127.0.0.1";

    /// <summary>Whether logins are greeted, as by a host with a shell; a device with commands of its own greets nobody.</summary>
    public bool Greets { get; init; } = true;

    public int Port { get; private set; }

    public string HostKey { get; private set; } = "";

    public string ClientKey { get; private set; } = "";

    public bool IsRunning => _process is { HasExited: false };

    public int ProcessId => _process!.Id;

    public Credentials Login => new("login", "1", new(ClientKey), null, null);

    /// <summary>Makes keys and settings, and starts.</summary>
    public async Task PrepareAsync(string path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", string setEnv = "")
    {
        if (!File.Exists(Program))
            throw new InvalidOperationException($"{Program} is missing, and these tests need a real SSH server. Install the package openssh-server.");
        System.IO.Directory.CreateDirectory(Programs);
        foreach (var name in (string[])["host", "client"])
            await RunAsync("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", Path.Combine(Directory, name));
        HostKey = string.Join(' ', File.ReadAllText(Path.Combine(Directory, "host.pub")).Split(' ')[..2]);
        ClientKey = await File.ReadAllTextAsync(Path.Combine(Directory, "client"));
        File.Copy(Path.Combine(Directory, "client.pub"), Path.Combine(Directory, "authorized_keys"));
        if (Environment.UserName == "root")
            System.IO.Directory.CreateDirectory("/run/sshd");
        Port = FreePort();
        await File.WriteAllTextAsync(Path.Combine(Directory, "greeting"), Greeting);
        await File.WriteAllTextAsync(Path.Combine(Directory, "sshd_config"),
            $"""
            ListenAddress {Address}
            Port {Port}
            HostKey {Directory}/host
            PidFile none
            {(Greets ? $"Banner {Directory}/greeting\nForceCommand cat {Directory}/greeting; exec /bin/sh -c \"$SSH_ORIGINAL_COMMAND\"" : "")}
            AuthorizedKeysFile {Directory}/authorized_keys
            StrictModes no
            UsePAM no
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            PermitRootLogin prohibit-password
            UseDNS no
            PrintMotd no
            MaxStartups 200
            MaxSessions 200
            SetEnv PATH={Programs}:{path} {setEnv}

            """);
        await StartAsync();
    }

    public async Task StartAsync()
    {
        _process = Process.Start(new ProcessStartInfo(Program, ["-D", "-E", Path.Combine(Directory, "log"), "-f", Path.Combine(Directory, "sshd_config")]))!;
        for (var attempt = 0; attempt < 200; attempt++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Parse(Address), Port);
                return;
            }
            catch (SocketException) when (!_process.HasExited)
            {
                await Task.Delay(50);
            }
        }

        throw new InvalidOperationException("sshd does not listen: " + await File.ReadAllTextAsync(Path.Combine(Directory, "log")));
    }

    /// <summary>Ends the server and every session of it.</summary>
    public async Task StopAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }
    }

    /// <summary>Puts a program before the system's.</summary>
    public void Put(string name, string script)
    {
        var path = Path.Combine(Programs, name);
        File.WriteAllText(path, script.ReplaceLineEndings("\n"));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process?.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    /// <summary>
    /// A port below the kernel's ephemeral ones, so that no client connection takes it before it is used, and never the same one twice: what is made side by side would get it too.
    /// </summary>
    public static int FreePort()
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

    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {await error}{await output}");
    }
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Provisioning.Api.Machines;

namespace Provisioning.Ssh.Tests.Support;

/// <summary>A real sshd on a free port of the loopback address, for the user that runs the tests.</summary>
public sealed class SshServer : IAsyncLifetime
{
    private const string Program = "/usr/sbin/sshd";
    private Process? _process;

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("provisioning-ssh-").FullName;

    /// <summary>More lines of sshd_config.</summary>
    public string Settings { get; init; } = "";

    public int Port { get; private set; }

    public string HostKey { get; private set; } = "";

    public string ClientKey { get; private set; } = "";

    public SshConnector Connector { get; } = new(TimeProvider.System, NullLoggerFactory.Instance);

    public SshEndpoint Endpoint => new()
    {
        Address = "127.0.0.1",
        Port = Port,
        User = Environment.UserName,
        HostKeys = [HostKey],
        Credentials = Login(ClientKey),
    };

    public static Credentials Login(string? key, string version = "1", string? passphrase = null, string? password = null) =>
        new("login", version, Secret(key), Secret(passphrase), Secret(password));

    public async ValueTask InitializeAsync()
    {
        if (!File.Exists(Program))
            throw new InvalidOperationException($"{Program} is missing, and these tests need a real SSH server. Install the package openssh-server.");

        await MakeKeyAsync("host", "ed25519");
        await MakeKeyAsync("host-rsa", "rsa");
        await MakeKeyAsync("client", "ed25519");
        HostKey = PublicKey("host");
        ClientKey = await File.ReadAllTextAsync(Path.Combine(Directory, "client"));
        await File.WriteAllTextAsync(Path.Combine(Directory, "authorized_keys"), PublicKey("client") + "\n");
        if (Environment.UserName == "root")
            System.IO.Directory.CreateDirectory("/run/sshd");

        Port = FreePort();
        var configuration = Path.Combine(Directory, "sshd_config");
        await File.WriteAllTextAsync(configuration,
            $"""
            ListenAddress 127.0.0.1
            Port {Port}
            HostKey {Directory}/host
            HostKey {Directory}/host-rsa
            PidFile none
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
            MaxAuthTries 20
            {Settings}

            """);
        _process = Process.Start(new ProcessStartInfo(Program, ["-D", "-E", Path.Combine(Directory, "log"), "-f", configuration]))!;
        await WaitForPortAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        System.IO.Directory.Delete(Directory, recursive: true);
    }

    public string PublicKey(string name) => string.Join(' ', File.ReadAllText(Path.Combine(Directory, name + ".pub")).Split(' ')[..2]).Trim();

    public async Task<string> MakeKeyAsync(string name, string type, string passphrase = "", string format = "RFC4716")
    {
        var path = Path.Combine(Directory, name);
        using var generator = Process.Start(new ProcessStartInfo("ssh-keygen", ["-q", "-t", type, "-m", format, "-N", passphrase, "-C", name, "-f", path]))!;
        await generator.WaitForExitAsync();
        Assert.Equal(0, generator.ExitCode);
        return await File.ReadAllTextAsync(path);
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>The process of sshd that serves a session.</summary>
    public static async Task<int> ServerProcessAsync(ISshSession session)
    {
        var result = await session.ExecuteAsync(
            ShellCommand.Script("p=$$; while read -r c </proc/$p/comm && [ \"$c\" != sshd ]; do p=$(sed 's/^.*) //' /proc/$p/stat | cut -d' ' -f2); done; echo $p"),
            null,
            TestContext.Current.CancellationToken);
        return int.Parse(result.Output);
    }

    public static void Signal(int process, string signal)
    {
        using var kill = Process.Start("/bin/sh", ["-c", "kill -s \"$1\" -- \"$2\"", "sh", signal, process.ToString()]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    private static SecretText? Secret(string? text) => text is null ? null : new SecretText(text);

    private async Task WaitForPortAsync()
    {
        for (var attempt = 0; attempt < 200; attempt++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, Port);
                return;
            }
            catch (SocketException)
            {
                if (_process!.HasExited)
                    break;
                await Task.Delay(50);
            }
        }

        Assert.Fail("sshd does not listen: " + await File.ReadAllTextAsync(Path.Combine(Directory, "log")));
    }
}

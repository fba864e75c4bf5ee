using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Provisioning.Api.Machines;
using Provisioning.Engines.XCat.Tests.Support;
using Provisioning.Ssh;

[assembly: AssemblyFixture(typeof(SshServer))]

namespace Provisioning.Engines.XCat.Tests.Support;

/// <summary>A real sshd on the loopback address, for the user that runs the tests: the way to every management node of these tests.</summary>
public sealed class SshServer : IAsyncLifetime
{
    private const string Program = "/usr/sbin/sshd";

    /// <summary>Every login is greeted, on standard output too, by words that mean something elsewhere and act on terminals.</summary>
    private const string Greeting = "\u001b[2J\u001b]0;owned\aWelcome to the rack!\nversion 1\nn1: on\npower-code 0\nstate=running\nhave 7 7\n";

    private readonly string _directory = Directory.CreateTempSubdirectory("provisioning-xcat-sshd-").FullName;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly SshConnector _connector = new(TimeProvider.System, NullLoggerFactory.Instance);
    private Process? _process;
    private ISshSession? _session;

    public static SshServer Instance { get; private set; } = null!;

    public int Port { get; private set; }

    public string HostKey { get; private set; } = "";

    public string ClientKey { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        if (!File.Exists(Program))
            throw new InvalidOperationException($"{Program} is missing, and these tests need a real SSH server. Install the package openssh-server.");
        await MakeKeyAsync("host");
        await MakeKeyAsync("client");
        HostKey = string.Join(' ', (await File.ReadAllTextAsync(Path.Combine(_directory, "host.pub"))).Split(' ')[..2]).Trim();
        ClientKey = await File.ReadAllTextAsync(Path.Combine(_directory, "client"));
        File.Copy(Path.Combine(_directory, "client.pub"), Path.Combine(_directory, "authorized_keys"));
        if (Environment.UserName == "root")
            Directory.CreateDirectory("/run/sshd");
        Port = FreePort();
        await File.WriteAllTextAsync(Path.Combine(_directory, "greeting"), Greeting);
        // With a home of its own: what a person's shell does at its start would be done before every command, and can hang.
        var configuration = Path.Combine(_directory, "sshd_config");
        await File.WriteAllTextAsync(configuration,
            $"""
            ListenAddress 127.0.0.1
            Port {Port}
            HostKey {_directory}/host
            PidFile none
            Banner {_directory}/greeting
            ForceCommand cat {_directory}/greeting; exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"
            AuthorizedKeysFile {_directory}/authorized_keys
            StrictModes no
            UsePAM no
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            PermitRootLogin prohibit-password
            UseDNS no
            PrintMotd no
            SetEnv HOME={_directory}
            MaxStartups 200
            MaxSessions 500

            """);
        _process = Process.Start(new ProcessStartInfo(Program, ["-D", "-E", Path.Combine(_directory, "log"), "-f", configuration]))!;
        await WaitForPortAsync();
        Instance = this;
    }

    /// <summary>Logs in for real.</summary>
    public Task<ISshSession> ConnectAsync(CancellationToken cancellationToken) => _connector.ConnectAsync(
        new() { Address = "127.0.0.1", Port = Port, User = Environment.UserName, HostKeys = [HostKey], Credentials = new("login", "1", new(ClientKey), null, null) }, cancellationToken);

    /// <summary>One session for all tests: a login costs more than what most of them do.</summary>
    public async Task<ISshSession> SharedAsync()
    {
        await _gate.WaitAsync();
        try
        {
            return _session ??= await ConnectAsync(CancellationToken.None);
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_session is not null)
            await _session.DisposeAsync();
        if (_process is { HasExited: false })
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _gate.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task MakeKeyAsync(string name)
    {
        using var generator = Process.Start(new ProcessStartInfo("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", Path.Combine(_directory, name)]))!;
        await generator.WaitForExitAsync();
        Assert.Equal(0, generator.ExitCode);
    }

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
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }

        Assert.Fail("sshd does not listen: " + await File.ReadAllTextAsync(Path.Combine(_directory, "log")));
    }
}

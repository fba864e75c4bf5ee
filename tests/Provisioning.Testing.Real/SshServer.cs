using System.Diagnostics;
using System.Runtime.Versioning;
using Provisioning.Api.Machines;

namespace Provisioning.Testing.Real;

/// <summary>
/// A real sshd on a free port of a loopback address, for the user that runs the tests. Sessions find the programs of <see cref="ProgramDirectory"/> before those of the system, so that a
/// test can put others in their place.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class SshServer : IAsyncDisposable
{
    private const string Program = "/usr/sbin/sshd";

    /// <summary>Every login is greeted, on both streams too, by words that mean something elsewhere and act on terminals.</summary>
    private const string Greeting = "\u001b[2J\u001b]0;owned\aWelcome to the host!\nversion 1\nmissing x\nn1: on\npower-code 0\nstate=running\n::code 0\n::end 1\nhave 7 7\n";

    private Process? _process;

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("provisioning-sshd-").FullName;

    /// <summary>Programs that are found first.</summary>
    public string ProgramDirectory => Path.Combine(Directory, "bin");

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
    /// <param name="hostKeyTypes">Types of the host keys; <see cref="HostKey"/> is the first.</param>
    /// <param name="settings">More lines of sshd_config.</param>
    public async Task PrepareAsync(IReadOnlyList<string>? hostKeyTypes = null, string settings = "")
    {
        if (!File.Exists(Program))
            throw new InvalidOperationException($"{Program} is missing, and these tests need a real SSH server. Install the package openssh-server.");
        System.IO.Directory.CreateDirectory(ProgramDirectory);
        hostKeyTypes ??= ["ed25519"];
        foreach (var type in hostKeyTypes)
            await MakeKeyAsync($"host-{type}", type);
        HostKey = PublicKey($"host-{hostKeyTypes[0]}");
        ClientKey = await MakeKeyAsync("client", "ed25519");
        await File.WriteAllTextAsync(Path.Combine(Directory, "authorized_keys"), PublicKey("client") + "\n");
        if (Environment.UserName == "root")
            System.IO.Directory.CreateDirectory("/run/sshd");
        Port = Ports.Free();
        await File.WriteAllTextAsync(Path.Combine(Directory, "greeting"), Greeting);
        // With a home of its own: what a person's shell does at its start would be done before every command, and can hang.
        await File.WriteAllTextAsync(Path.Combine(Directory, "sshd_config"),
            $"""
            ListenAddress {Address}
            Port {Port}
            {string.Join('\n', hostKeyTypes.Select(type => $"HostKey {Directory}/host-{type}"))}
            PidFile none
            {(Greets ? $"Banner {Directory}/greeting\nForceCommand cat {Directory}/greeting; cat {Directory}/greeting >&2; exec /bin/sh -c \"$SSH_ORIGINAL_COMMAND\"" : "")}
            AuthorizedKeysFile {Directory}/authorized_keys
            StrictModes no
            UsePAM no
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            PermitRootLogin prohibit-password
            UseDNS no
            PrintMotd no
            MaxStartups 200
            MaxSessions 500
            SetEnv HOME={Directory} PATH={ProgramDirectory}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
            {settings}

            """);
        await StartAsync();
    }

    public async Task StartAsync()
    {
        _process = Process.Start(new ProcessStartInfo(Program, ["-D", "-E", Path.Combine(Directory, "log"), "-f", Path.Combine(Directory, "sshd_config")]))!;
        try
        {
            await Ports.ListenAsync(_process, Port, Address);
        }
        catch (InvalidOperationException failure)
        {
            throw new InvalidOperationException($"{failure.Message} {await File.ReadAllTextAsync(Path.Combine(Directory, "log"))}", failure);
        }
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
        var path = Path.Combine(ProgramDirectory, name);
        File.WriteAllText(path, script.ReplaceLineEndings("\n"));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Makes a pair of keys in <see cref="Directory"/>.</summary>
    /// <returns>The private key.</returns>
    public async Task<string> MakeKeyAsync(string name, string type, string passphrase = "", string format = "RFC4716")
    {
        var path = Path.Combine(Directory, name);
        await Programs.RunAsync("ssh-keygen", ["-q", "-t", type, "-m", format, "-N", passphrase, "-C", name, "-f", path]);
        return await File.ReadAllTextAsync(path);
    }

    /// <summary>Type and text of a public key, as known_hosts has them.</summary>
    public string PublicKey(string name) => string.Join(' ', File.ReadAllText(Path.Combine(Directory, name + ".pub")).Split(' ')[..2]).Trim();

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process?.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}

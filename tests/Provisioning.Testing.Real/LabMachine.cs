using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Provisioning.Api.Machines;

namespace Provisioning.Testing.Real;

/// <summary>
/// A standalone machine that is no part of this one: a real sshd as first process of its own process, mount and host-name spaces, with a folder as root file system. Its poweroff and
/// reboot only end that process; each start is another boot. A machine that is off is silent, as one is whose network card answers nothing, and it listens for the packet that wakes it.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class LabMachine : IAsyncDisposable
{
    public const string MacAddress = "52:54:00:12:34:56";

    private const string Stub = """
        #!/bin/sh
        echo "$(basename "$0") $*" >>/root/asked
        [ -e /root/deaf ] || kill -s TERM 1
        """;

    /// <summary>Every login is greeted, on both streams too, by words that mean something elsewhere and act on terminals.</summary>
    private const string Greeting = "\u001b[2J\u001b]0;owned\aWelcome to the lab!\nversion 1\nmissing\nstate=running\n::code 0\nhave 7 7\n";

    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentQueue<string> _turns = [];
    private readonly UdpClient _wakeUp = new(new IPEndPoint(IPAddress.Loopback, 0));
    private Process? _first;
    private SilentPort? _silence;
    private Task _life = Task.CompletedTask;
    private Task _sleep = Task.CompletedTask;
    private volatile bool _cut;
    private int _askedBefore;

    public static bool IsPossible => Environment.IsPrivilegedProcess && File.Exists("/usr/bin/unshare") && File.Exists("/usr/sbin/sshd");

    /// <summary>Where it listens.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>The network namespace that it is in; null for that of the tests. One of its own has no silence after the machine's end, and no packets that wake.</summary>
    public string? NetworkNamespace { get; init; }

    public string Root { get; } = Directory.CreateTempSubdirectory("lab-machine-").FullName;

    public int Port { get; } = Ports.Free();

    public int WakeUpPort => ((IPEndPoint)_wakeUp.Client.LocalEndPoint!).Port;

    public string HostKey { get; private set; } = "";

    public string ClientKey { get; private set; } = "";

    public Credentials Login => new("lab-login", "1", new(ClientKey), null, null);

    public int Boots { get; private set; }

    /// <summary>Each "boot" and each "down", in order.</summary>
    public IReadOnlyList<string> Turns => [.. _turns];

    public int WakeUps { get; private set; }

    public bool IsOn => _first is { HasExited: false };

    /// <summary>What its poweroff and reboot were called with.</summary>
    public IReadOnlyList<string> Asked => File.Exists(PathOf("/root/asked")) ? File.ReadAllLines(PathOf("/root/asked")) : [];

    /// <summary>Whether it was asked to go down and has not gone yet, or has and that was not noted yet.</summary>
    /// <exception cref="InvalidOperationException">It could not be switched on.</exception>
    public bool IsGoing => (_life.Exception ?? _sleep.Exception) is { } failure ? throw new InvalidOperationException("The machine could not be switched on.", failure) : IsOn ? Asked.Count > _askedBefore && !File.Exists(PathOf("/root/deaf")) : Turns is not [.., "down"];

    public string PathOf(string path) => Root + path;

    /// <summary>Makes it, and switches it on.</summary>
    public async Task PrepareAsync()
    {
        foreach (var folder in (string[])["etc/ssh", "root/.ssh", "local", "proc", "dev", "tmp", "run/sshd", "var/tmp", "var/log", "var/lib", "home", "usr"])
            Directory.CreateDirectory(Path.Combine(Root, folder));
        foreach (var link in (string[])["bin", "sbin", "lib", "lib64"])
            File.CreateSymbolicLink(Path.Combine(Root, link), $"usr/{link}");
        await File.WriteAllTextAsync(PathOf("/etc/passwd"), "root:x:0:0:root:/root:/bin/sh\nsshd:x:100:65534::/run/sshd:/usr/sbin/nologin\nnobody:x:65534:65534::/nonexistent:/usr/sbin/nologin\n");
        await File.WriteAllTextAsync(PathOf("/etc/group"), "root:x:0:\nnogroup:x:65534:\n");
        await File.WriteAllTextAsync(PathOf("/etc/hostname"), "pc-of-the-lab\n");
        await File.WriteAllTextAsync(PathOf("/etc/issue"), Greeting);
        await WelcomeAsync("cat /etc/issue; cat /etc/issue >&2");
        foreach (var name in (string[])["poweroff", "reboot", "shutdown", "halt", "systemctl"])
        {
            await File.WriteAllTextAsync(PathOf($"/local/{name}"), Stub.ReplaceLineEndings("\n") + "\n");
            File.SetUnixFileMode(PathOf($"/local/{name}"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        await Programs.RunAsync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "host", "-f", PathOf("/etc/ssh/ssh_host_ed25519_key")]);
        await Programs.RunAsync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "client", "-f", PathOf("/tmp/client")]);
        HostKey = string.Join(' ', (await File.ReadAllTextAsync(PathOf("/etc/ssh/ssh_host_ed25519_key.pub"))).Split(' ')[..2]);
        ClientKey = await File.ReadAllTextAsync(PathOf("/tmp/client"));
        File.Move(PathOf("/tmp/client.pub"), PathOf("/root/.ssh/authorized_keys"));
        File.Delete(PathOf("/tmp/client"));
        await File.WriteAllTextAsync(PathOf("/etc/ssh/sshd_config"),
            $"""
            ListenAddress {Address}
            Port {Port}
            Banner /etc/issue
            ForceCommand . /etc/welcome; exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"
            HostKey /etc/ssh/ssh_host_ed25519_key
            PidFile none
            StrictModes no
            UsePAM no
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            PermitRootLogin prohibit-password
            UseDNS no
            PrintMotd no
            SetEnv PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin

            """);
        _sleep = ListenAsync();
        await StartAsync();
        // The programs above must be the ones that are found, before anybody is asked to power off.
        var found = await ShellAsync("PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin; for p in poweroff reboot shutdown systemctl; do command -v $p; done; cat /proc/1/comm");
        if (found != "/usr/local/sbin/poweroff\n/usr/local/sbin/reboot\n/usr/local/sbin/shutdown\n/usr/local/sbin/systemctl\nsshd\n")
            throw new InvalidOperationException($"The machine has other programs than it must: {found}");
    }

    /// <summary>Has a shell script run before every command that comes by SSH, as a shell's start-up file is.</summary>
    public async Task WelcomeAsync(string script)
    {
        await File.WriteAllTextAsync(PathOf("/etc/welcome.new"), script + "\n");
        File.Move(PathOf("/etc/welcome.new"), PathOf("/etc/welcome"), overwrite: true);
    }

    /// <summary>Switches it on, as its power button does.</summary>
    public async Task StartAsync()
    {
        // Its silence may just be about to begin, and would hold the port for ever.
        for (var life = Task.CompletedTask; !IsOn && life != _life;)
            await (life = _life);
        if (!IsOn)
            await BootAsync();
    }

    private async Task BootAsync()
    {
        _silence?.Dispose();
        _silence = null;
        await File.WriteAllTextAsync(PathOf("/boot-id"), Guid.NewGuid() + "\n");
        string[] command = [.. NetworkNamespace is { } network ? (string[])["ip", "netns", "exec", network] : [], "unshare", "--mount", "--uts", "--pid", "--fork", "--kill-child=KILL", "bash", "-c", Boot, "bash", Root];
        _first = Process.Start(new ProcessStartInfo(command[0], command[1..]) { UseShellExecute = false })!;
        _askedBefore = Asked.Count;
        Boots++;
        _turns.Enqueue("boot");
        await Ports.ListenAsync(_first, Port, Address);
        _life = LiveAsync(_first);
    }

    /// <summary>Pulls the plug.</summary>
    public async Task CutAsync()
    {
        _cut = true;
        if (_first is { HasExited: false } first)
            first.Kill(entireProcessTree: true);
        await _life;
        _cut = false;
    }

    /// <summary>Lets its SSH server refuse connections, as on a machine whose server crashed.</summary>
    public void StopSilence()
    {
        _silence?.Dispose();
        _silence = null;
    }

    public async Task<string> ShellAsync(string script)
    {
        var pid = (await File.ReadAllTextAsync($"/proc/{_first!.Id}/task/{_first.Id}/children")).Trim();
        return await Programs.RunAsync("nsenter", [$"--target={pid}", "--mount", "--uts", "--pid", "/usr/sbin/chroot", Root, "/bin/sh", "-c", script]);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        if (_first is { HasExited: false } first)
        {
            first.Kill(entireProcessTree: true);
            await first.WaitForExitAsync();
        }

        await _life;
        await _sleep;
        _silence?.Dispose();
        _wakeUp.Dispose();
        _end.Dispose();
        Directory.Delete(Root, recursive: true);
    }

    /// <summary>What follows when the machine goes down: it is silent, and comes again after a reboot.</summary>
    private async Task LiveAsync(Process first)
    {
        await first.WaitForExitAsync();
        if (_end.IsCancellationRequested)
            return;
        _turns.Enqueue("down");
        if (NetworkNamespace is null)
            _silence = await SilentPort.OnAsync(Port);
        if (!_cut && Asked is [.., var last] && last.StartsWith("reboot", StringComparison.Ordinal))
            await BootAsync();
    }

    private async Task ListenAsync()
    {
        byte[] packet = [.. Enumerable.Repeat((byte)0xFF, 6), .. Enumerable.Repeat(Convert.FromHexString(MacAddress.Replace(":", "", StringComparison.Ordinal)), 16).SelectMany(bytes => bytes)];
        try
        {
            while (true)
            {
                var received = await _wakeUp.ReceiveAsync(_end.Token);
                if (!received.Buffer.AsSpan().SequenceEqual(packet))
                    continue;
                WakeUps++;
                if (!IsOn)
                    await StartAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The end of the machine.
        }
    }

    private const string Boot = """
        set -eu
        root=$1
        mount --make-rprivate /
        mount -t proc proc "$root/proc"
        mount --bind /dev "$root/dev"
        mount --bind -o ro /usr "$root/usr"
        mount --bind "$root/local" "$root/usr/local/sbin"
        mount --bind "$root/boot-id" "$root/proc/sys/kernel/random/boot_id"
        hostname pc-of-the-lab
        exec /usr/sbin/chroot "$root" /usr/sbin/sshd -D -E /var/log/sshd.log -f /etc/ssh/sshd_config </dev/null >/dev/null 2>&1
        """;
}

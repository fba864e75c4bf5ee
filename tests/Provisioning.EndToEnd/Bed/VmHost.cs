using System.Text.RegularExpressions;

namespace Provisioning.EndToEnd.Bed;

/// <summary>The VM host of hack/lib/vmhost.sh: real sshd, libvirt and QEMU under a Unix user of its own.</summary>
/// <param name="folder">Folder of the host.</param>
public sealed partial class VmHost(string folder)
{
    private readonly Lazy<Dictionary<string, string>> _settings = new(() =>
        File.ReadAllLines(Path.Combine(folder, "vmhost.env")).Select(line => line.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal));

    private volatile bool _ended;

    /// <summary>A setting of vmhost.env, for example ADDRESS.</summary>
    public string this[string key] => _settings.Value[key];

    /// <summary>Calls of programs on the host.</summary>
    public CommandLog Commands => new(this["COMMANDS_LOG"]);

    /// <summary>What became of its domains.</summary>
    public DomainEvents Events => new(this);

    /// <summary>What the host's SSH server says about connections and logins.</summary>
    public string SshLog => Path.Combine(folder, "sshd.log");

    /// <summary>Digest of an image of hack/lib/images.sh, as an Image writes it.</summary>
    public string DigestOf(string image) => "sha256:" + File.ReadAllText($"{this["IMAGE_CACHE"]}/{image}.qcow2.sha256").Trim();

    /// <summary>SSH host key in an image of hack/lib/images.sh.</summary>
    public string HostKeyOf(string image) => string.Join(' ', File.ReadAllText($"{this["IMAGE_CACHE"]}/{image}.hostkey.pub").Trim().Split(' ')[..2]);

    /// <summary>Starts what does not run.</summary>
    /// <exception cref="InvalidOperationException">The test run is ending: a lab that is taken down meanwhile must not bring its host back.</exception>
    public Task StartAsync() => _ended
        ? throw new InvalidOperationException("The VM host was ended with the test run.")
        : Programs.RunAsync(SourceTree.File("hack/lib/vmhost.sh"), ["start", folder], limit: TimeSpan.FromMinutes(15));

    /// <summary>Ends all of it for good, machines included.</summary>
    public Task<ProgramResult> StopAsync()
    {
        _ended = true;
        return Programs.TryAsync(SourceTree.File("hack/lib/vmhost.sh"), ["stop", folder], limit: TimeSpan.FromMinutes(2));
    }

    /// <summary>Ends the SSH server and its sessions, so that the host cannot be reached; its machines run on. <see cref="StartAsync"/> brings it back.</summary>
    public async Task CutOffAsync()
    {
        var server = int.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "sshd.pid")));
        await Programs.SignalAsync(server, "STOP");
        await EndSessionsOfAsync(server);
        await Programs.SignalAsync(server, "KILL");
        await UntilEndedAsync(server);
    }

    /// <summary>Ends libvirtd with SIGKILL; its machines run on. <see cref="StartAsync"/> brings it back.</summary>
    public async Task KillLibvirtAsync()
    {
        var daemon = await LibvirtProcessAsync();
        await Programs.SignalAsync(daemon, "KILL");
        await UntilEndedAsync(daemon);
    }

    /// <summary>Process id of libvirtd.</summary>
    public async Task<int> LibvirtProcessAsync() => int.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "libvirtd.pid")));

    /// <summary>Ends the sessions of the SSH server with SIGKILL; the server runs on.</summary>
    public async Task EndSessionsAsync()
    {
        var server = int.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "sshd.pid")));
        await Programs.SignalAsync(server, "STOP");
        await EndSessionsOfAsync(server);
        await Programs.SignalAsync(server, "CONT");
    }

    /// <summary>How a program is begun as the host's user, with nothing of our own environment.</summary>
    public IReadOnlyList<string> AsUser(params IReadOnlyList<string> environment) =>
    [
        "setpriv", $"--reuid={this["USER"]}", $"--regid={this["USER"]}", "--init-groups", "env", "-i", "-C", this["HOME"], $"HOME={this["HOME"]}", $"XDG_RUNTIME_DIR={this["HOME"]}/run",
        .. environment,
    ];

    /// <summary>Runs the real virsh behind the operator's back: it does not come into the log, and needs no SSH.</summary>
    public Task<string> VirshAsync(params string[] arguments) => Programs.RunAsync("setpriv", [.. ForVirsh, "virsh", "-q", .. arguments]);

    /// <summary>Defines a domain without a disk, behind the operator's back too.</summary>
    public async Task DefineAsync(string domainName)
    {
        var file = Path.Combine(this["HOME"], $"{domainName}.xml");
        await File.WriteAllTextAsync(file, $"<domain type='qemu'><name>{domainName}</name><memory unit='MiB'>32</memory><os><type arch='x86_64' machine='q35'>hvm</type></os></domain>");
        await VirshAsync("define", file);
        File.Delete(file);
    }

    /// <summary>Makes a program of the host misbehave until <see cref="MendAsync"/>.</summary>
    /// <param name="program">virsh, qemu-img or sha256sum.</param>
    /// <param name="script">What bash runs before the program, see hack/lib/vmhost.sh.</param>
    public async Task BreakAsync(string program, string script)
    {
        // Renamed into place: a half written script would be another fault than the one asked for.
        var file = Path.Combine(this["FAULTS"], program);
        await File.WriteAllTextAsync(file + ".new", script + "\n");
        File.Move(file + ".new", file, overwrite: true);
    }

    /// <summary>Takes all faults away.</summary>
    public Task MendAsync()
    {
        foreach (var file in Directory.EnumerateFiles(this["FAULTS"]))
            File.Delete(file);
        return Task.CompletedTask;
    }

    /// <summary>A domain by its name; null if there is none.</summary>
    public async Task<Machine?> MachineAsync(string domainName)
    {
        var line = (await VirshAsync("list", "--all", "--uuid", "--name")).Split('\n').FirstOrDefault(text => text.Trim().Split(' ', 2) is [_, var name] && name.Trim() == domainName);
        if (line is null)
            return null;
        var uuid = line.Trim().Split(' ')[0];
        return new(domainName, uuid, $"{this["DISKS"]}/{uuid}", (await VirshAsync("domstate", uuid)).Trim());
    }

    /// <summary>Removes every domain whose name begins so, and its files.</summary>
    public async Task RemoveAsync(string domainNamePrefix)
    {
        foreach (var name in (await VirshAsync("list", "--all", "--name")).Split('\n').Select(text => text.Trim()).Where(text => text.StartsWith(domainNamePrefix, StringComparison.Ordinal)))
        {
            if (await MachineAsync(name) is not { } machine)
                continue;
            await Programs.TryAsync("setpriv", [.. ForVirsh, "virsh", "-q", "destroy", machine.Uuid]);
            await Programs.TryAsync("setpriv", [.. ForVirsh, "virsh", "-q", "undefine", "--managed-save", "--snapshots-metadata", "--nvram", machine.Uuid]);
            if (Directory.Exists(machine.Directory))
                Directory.Delete(machine.Directory, recursive: true);
        }
    }

    private string[] ForVirsh => [.. AsUser("LIBVIRT_DEFAULT_URI=qemu:///session", "LIBVIRT_AUTOSTART=0", "LC_ALL=C", "PATH=/usr/bin:/bin").Skip(1)];

    private static Task UntilEndedAsync(int process) => Poll.UntilAsync($"the process {process} has ended", () => Task.FromResult(!Directory.Exists($"/proc/{process}")), TimeSpan.FromMinutes(3));

    /// <summary>Ends the sessions of a server that stands still. They stand still first: a login that is under way must not make the process of its session meanwhile.</summary>
    private static async Task EndSessionsOfAsync(int server)
    {
        HashSet<int> sessions = [];
        while (SessionsOf(server).Where(sessions.Add).ToList() is { Count: > 0 } found)
        {
            foreach (var session in found)
                await Programs.SignalAsync(session, "STOP");
        }

        foreach (var session in sessions)
            await Programs.SignalAsync(session, "KILL");
        await Poll.UntilAsync($"the sessions of the SSH server {server} have ended", () => Task.FromResult(SessionsOf(server).Count == 0), TimeSpan.FromMinutes(3));
    }

    /// <summary>The processes of a server's sessions that are sshd itself. What runs in a session lives on, as it does when sshd crashes.</summary>
    private static List<int> SessionsOf(int server) =>
        [.. ChildrenOf(server).Where(process => new FileInfo($"/proc/{process}/exe").LinkTarget?.EndsWith("/sshd", StringComparison.Ordinal) == true)];

    private static List<int> ChildrenOf(int parent)
    {
        List<int> children = [];
        foreach (var directory in Directory.EnumerateDirectories("/proc").Where(path => Number().IsMatch(Path.GetFileName(path))))
        {
            try
            {
                var stat = File.ReadAllText($"{directory}/stat");
                if (int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1]) == parent)
                    children.Add(int.Parse(Path.GetFileName(directory)));
            }
            catch (IOException)
            {
                // It ended meanwhile.
            }
        }

        // The session of an unprivileged server is a child of the child that authenticated it.
        return [.. children, .. children.SelectMany(ChildrenOf)];
    }

    [GeneratedRegex("^[0-9]+$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Number();
}

/// <summary>A domain on the VM host.</summary>
/// <param name="Name">Name.</param>
/// <param name="Uuid">UUID.</param>
/// <param name="Directory">Its files.</param>
/// <param name="State">The words of domstate.</param>
public sealed record Machine(string Name, string Uuid, string Directory, string State)
{
    /// <summary>Its disk: path and inode, so that a new file in its place shows.</summary>
    public async Task<string> DiskAsync() =>
        string.Join('\n', (await Programs.RunAsync("find", [Directory, "-name", "disk-*", "-printf", "%p %i\n"])).Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
}

using Microsoft.Extensions.Logging.Abstractions;
using Provisioning.Api.Images;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Targets;
using Provisioning.OperatingSystems.Linux;
using Provisioning.Ssh;

namespace Provisioning.Engines.Libvirt.Tests.Real;

/// <summary>A VM host that hack/lib/vmhost.sh started: real sshd, libvirt and QEMU. PROVISIONING_TEST_VMHOST names its folder.</summary>
internal sealed class VmHost
{
    public const string Variable = "PROVISIONING_TEST_VMHOST";

    private readonly Dictionary<string, string> _settings;
    private readonly string _installation = "t" + Guid.NewGuid().ToString("N")[..8];

    private VmHost(Dictionary<string, string> settings) => _settings = settings;

    public string CommandsLog => _settings["COMMANDS_LOG"];

    public string Faults => _settings["FAULTS"];

    public string MachineDirectory => $"{_settings["DISKS"]}/{_installation}";

    /// <summary>Skips the test where there is none.</summary>
    public static VmHost Required()
    {
        var folder = Environment.GetEnvironmentVariable(Variable);
        Assert.SkipWhen(string.IsNullOrEmpty(folder), $"{Variable} does not name the folder of a VM host, as 'hack/lib/vmhost.sh start DIR' makes it.");
        return new(File.ReadAllLines(Path.Combine(folder!, "vmhost.env")).Select(line => line.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]));
    }

    public LibvirtSpec Spec => new()
    {
        Address = _settings["ADDRESS"],
        Port = int.Parse(_settings["PORT"]),
        User = _settings["USER"],
        HostKeys = [_settings["HOST_KEY"]],
        Uri = "qemu:///session",
        ImageDirectory = _settings["IMAGES"],
        MachineDirectory = MachineDirectory,
        DomainType = LibvirtDomainType.Qemu,
        Installation = _installation,
    };

    public ProvisionerTarget Provisioner => new()
    {
        Namespace = "lab",
        Name = "host",
        Spec = new() { Type = ProvisionerType.Libvirt, Libvirt = Spec },
        Credentials = new("host-login", "1", new(File.ReadAllText(_settings["CLIENT_KEY"])), null, null),
    };

    public LibvirtEngine NewEngine()
    {
        var connector = new SshConnector(TimeProvider.System, NullLoggerFactory.Instance);
        return new(Provisioner, connector, new(connector, TimeProvider.System, NullLoggerFactory.Instance), [new LinuxModule()], TimeProvider.System, NullLoggerFactory.Instance);
    }

    public ImageTarget Image(string name) => new()
    {
        Name = name,
        Revision = "1",
        Digest = "sha256:" + File.ReadAllText($"{_settings["IMAGE_CACHE"]}/{name}.qcow2.sha256").Trim(),
        Format = ImageFormat.Qcow2,
        FileName = $"{name}.qcow2",
        SshHostKeys = [string.Join(' ', File.ReadAllText($"{_settings["IMAGE_CACHE"]}/{name}.hostkey.pub").Trim().Split(' ')[..2])],
    };

    public NodeTarget Node(string name)
    {
        var port = Ports.Free();
        return new()
        {
            Namespace = "lab",
            Name = name,
            Uid = Guid.NewGuid().ToString(),
            Credentials = new("guest-login", "1", new(File.ReadAllText(_settings["GUEST_KEY"])), null, null),
            Spec = new()
            {
                OperatingSystem = new() { Type = OperatingSystemType.Linux, Address = "127.0.0.1", Port = port, User = "root" },
                Hardware = new() { MemoryMiB = 160, Interfaces = [new() { Name = "nat", Type = NetworkInterfaceType.User, Forwards = [new() { HostPort = port, GuestPort = 22 }] }] },
            },
        };
    }

    /// <summary>Calls of a program on the host with a word in them, for one machine.</summary>
    public async Task<IReadOnlyList<string>> CallsAsync(string program, string word, string machine) =>
        [.. (await File.ReadAllLinesAsync(CommandsLog)).Where(line => line.Contains($" {program} ", StringComparison.Ordinal)
            && line.Contains($"'{word}'", StringComparison.Ordinal) && line.Contains(machine, StringComparison.Ordinal))];

    /// <summary>Runs a command on the host, past every engine.</summary>
    public async Task<SshResult> ShellAsync(params string[] command)
    {
        var connector = new SshConnector(TimeProvider.System, NullLoggerFactory.Instance);
        await using var session = await connector.ConnectAsync(
            new() { Address = Spec.Address, Port = Spec.Port, User = Spec.User, HostKeys = [.. Spec.HostKeys], Credentials = Provisioner.Credentials! }, TestContext.Current.CancellationToken);
        return await session.ExecuteAsync(ShellCommand.Of(command), null, TestContext.Current.CancellationToken);
    }
}

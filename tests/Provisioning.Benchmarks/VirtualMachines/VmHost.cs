using System.Text;
using Provisioning.Api.Images;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Benchmarks.Processes;
using Provisioning.Kubernetes.Rest.BuiltIn;

namespace Provisioning.Benchmarks.VirtualMachines;

/// <summary>A VM host of hack/lib/vmhost.sh: its settings, its objects for the operator, and a shell on it.</summary>
internal sealed class VmHost(string folder)
{
    public const string ImageName = "tiny-a";

    private const string Provisioner = "vm-host";
    private const string GuestLogin = "vm-guest";

    private readonly Dictionary<string, string> _settings =
        File.ReadAllLines(Path.Combine(folder, "vmhost.env")).Select(line => line.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);

    public string this[string name] => _settings[name];

    public IEnumerable<Secret> Secrets => [Login(Provisioner, this["CLIENT_KEY"]), Login(GuestLogin, this["GUEST_KEY"])];

    public Provisioner NewProvisioner() => new()
    {
        Metadata = Fixtures.Named(Provisioner),
        Spec = new()
        {
            Type = ProvisionerType.Libvirt,
            Libvirt = new()
            {
                Address = this["ADDRESS"],
                Port = int.Parse(this["PORT"]),
                User = this["USER"],
                CredentialsSecretRef = new() { Name = Provisioner },
                HostKeys = [this["HOST_KEY"]],
                Uri = "qemu:///session",
                ImageDirectory = this["IMAGES"],
                MachineDirectory = this["DISKS"],
                DomainType = LibvirtDomainType.Qemu,
            },
        },
    };

    public Image NewImage() => new()
    {
        Metadata = Fixtures.Named(ImageName),
        Spec = new()
        {
            Revision = "1",
            Digest = $"sha256:{Cached("qcow2.sha256")}",
            Format = ImageFormat.Qcow2,
            FileName = $"{ImageName}.qcow2",
            SshHostKeys = [string.Join(' ', Cached("hostkey.pub").Split(' ')[..2])],
        },
    };

    /// <summary>A Node with a machine of its own whose SSH port is forwarded to one of this host.</summary>
    public static Node NewNode(string name, int port) => new()
    {
        Metadata = Fixtures.Named(name),
        Spec = new()
        {
            ProvisionerRef = new() { Name = Provisioner },
            ImageRef = new() { Name = ImageName },
            PowerState = PowerState.PoweredOn,
            DeletionPolicy = DeletionPolicy.Unload,
            OperatingSystem = new() { Type = OperatingSystemType.Linux, Address = "127.0.0.1", Port = port, CredentialsSecretRef = new() { Name = GuestLogin } },
            Hardware = new() { MemoryMiB = 160, Interfaces = [new() { Name = "net0", Type = NetworkInterfaceType.User, Forwards = [new() { HostPort = port, GuestPort = 22 }] }] },
        },
    };

    /// <summary>Runs a shell script on the host over one SSH connection.</summary>
    public async Task<string> RunAsync(string script, CancellationToken cancellationToken) => (await Programs.RunAsync(
        "ssh",
        ["-F", "none", "-q", "-i", this["CLIENT_KEY"], "-p", this["PORT"], "-o", $"UserKnownHostsFile={folder}/known_hosts", "-o", "BatchMode=yes", $"{this["USER"]}@{this["ADDRESS"]}", "bash -s"],
        script,
        mustSucceed: true,
        cancellationToken))!;

    /// <summary>Asks a guest for its image; null while it does not answer.</summary>
    public Task<string?> AskGuestAsync(int port, CancellationToken cancellationToken) => Programs.RunAsync(
        "timeout",
        ["30", "ssh", "-F", "none", "-q", "-i", this["GUEST_KEY"], "-p", $"{port}", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "BatchMode=yes", "-o", "ConnectTimeout=2", "root@127.0.0.1", "head -n 1 /root/currentimage.txt"],
        "",
        mustSucceed: false,
        cancellationToken);

    private string Cached(string suffix) => File.ReadAllText($"{this["IMAGE_CACHE"]}/{ImageName}.{suffix}").Trim();

    private static Secret Login(string name, string keyFile) =>
        new() { Metadata = Fixtures.Named(name), Data = new Dictionary<string, byte[]> { ["ssh-privatekey"] = Encoding.UTF8.GetBytes(File.ReadAllText(keyFile)) } };
}

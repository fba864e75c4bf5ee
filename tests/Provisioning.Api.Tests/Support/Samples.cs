using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;

namespace Provisioning.Api.Tests.Support;

/// <summary>Valid objects in which every field of every spec is given; another test makes sure of that.</summary>
internal static class Samples
{
    internal const string HostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    internal const string Digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    internal static IReadOnlyList<IKubernetesEntity> All => [Node(), Image(), Capture(), Libvirt(), XCat(), Lab(), Configuration(), ConfigurationByCommands(), Simulated()];

    internal static Node Node() => new()
    {
        Metadata = { Name = "node" },
        Spec =
        {
            ProvisionerRef = { Name = "vmhost" },
            MachineName = "node-in-the-rack",
            ImageRef = new() { Name = "debian-12" },
            PowerState = PowerState.PoweredOn,
            PowerResetToken = "2026-11-23",
            ReloadToken = "again",
            ChangePolicy = ChangePolicy.Approve,
            ApprovedPlan = "load-0123456789abcdef",
            OperatingSystem = System(),
            Hardware = new()
            {
                Cpus = 2,
                DiskGiB = 20,
                Firmware = Firmware.Uefi,
                MacAddress = "52:54:00:00:00:03",
                Interfaces =
                [
                    new() { Name = "lan", Type = NetworkInterfaceType.Bridge, Source = "br0", MacAddress = "52:54:00:00:00:01" },
                    new() { Name = "admin", Type = NetworkInterfaceType.User, Forwards = [new() { HostPort = 22022, GuestPort = 22 }] },
                ],
            },
        },
    };

    internal static OperatingSystemSpec System() => new()
    {
        Type = OperatingSystemType.Linux,
        Address = "192.0.2.11",
        CredentialsSecretRef = new() { Name = "guest-login" },
        HostKeyPolicy = HostKeyPolicy.Pinned,
        HostKeys = [HostKey],
        Hooks = [new() { Name = "register", Stage = HookStage.PostLoad, ConfigMapRef = { Name = "hooks" }, Key = "register.sh", TimeoutSeconds = 60, FailurePolicy = HookFailurePolicy.Continue }],
        StepPolicies = [new() { Name = "hostname", FailurePolicy = StepFailurePolicy.Skip }],
    };

    internal static Image Image() => new()
    {
        Metadata = { Name = "debian-12" },
        Spec = { Revision = "1", Digest = Digest, Format = ImageFormat.Qcow2, FileName = "debian-12.qcow2", SshHostKeys = [HostKey], Description = "Debian" },
    };

    internal static ImageCapture Capture() => new()
    {
        Metadata = { Name = "capture" },
        Spec = { NodeRef = { Name = "node" }, ImageName = "course", Description = "Course" },
    };

    internal static Provisioner Libvirt() => new()
    {
        Metadata = { Name = "vmhost" },
        Spec =
        {
            Type = ProvisionerType.Libvirt,
            Libvirt = new() { Address = "vmhost.example.org", CredentialsSecretRef = { Name = "vmhost-login" }, HostKeys = [HostKey] },
        },
    };

    internal static Provisioner XCat() => new()
    {
        Metadata = { Name = "xcat" },
        Spec =
        {
            Type = ProvisionerType.XCat,
            XCat = new() { Address = "mn.example.org", CredentialsSecretRef = { Name = "mn-login" }, HostKeys = [HostKey] },
        },
    };

    internal static Provisioner Lab() => new() { Metadata = { Name = "lab" }, Spec = { Type = ProvisionerType.Lab, Lab = new() } };

    internal static Provisioner Configuration() => new()
    {
        Metadata = { Name = "dns" },
        Spec =
        {
            Type = ProvisionerType.Configuration,
            Configuration = new()
            {
                Address = "dns.example.org",
                CredentialsSecretRef = { Name = "dns-login" },
                HostKeys = [HostKey],
                Files = ["/etc/dnsmasq.d/{machine}.conf"],
                Check = "dnsmasq --test -C \"$2/etc/dnsmasq.d/$1.conf\"",
                Activate = "systemctl restart dnsmasq",
                Verify = "host www.example.org 127.0.0.1",
            },
        },
    };

    internal static Provisioner ConfigurationByCommands()
    {
        var switches = Configuration();
        switches.Metadata.Name = "switches";
        switches.Spec.Configuration!.Files = [];
        switches.Spec.Configuration.Commands = new() { Read = "switch show \"$1\"", Apply = "switch load \"$1\"", IgnoreLines = ["^! Last"] };
        return switches;
    }

    internal static Provisioner Simulated() => new()
    {
        Metadata = { Name = "simulated" },
        Spec = { Type = ProvisionerType.Simulated, Simulated = new() { Faults = [new() { Kind = SimulatedFaultKind.Stuck, Percent = 5 }] } },
    };
}

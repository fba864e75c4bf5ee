using Provisioning.Api.Images;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Services;

/// <summary>The objects of a room of Lab machines.</summary>
internal static class LabRoom
{
    /// <summary>Name of the Provisioner.</summary>
    public const string Provisioner = "room";

    /// <summary>Applies the Provisioner, the login, two Images, and the Node pc-01 for a machine.</summary>
    public static async Task ApplyAsync(Lab lab, LabMachine machine, IList<HookSpec>? hooks = null, int noProgressSeconds = 1200)
    {
        await ApplyLoginAsync(lab, machine, "lab-login");
        var provisioner = NewProvisioner(machine);
        provisioner.Spec.Timeouts.NoProgressSeconds = noProgressSeconds;
        await lab.Kubectl.ApplyAsync(provisioner);
        foreach (var name in (string[])["lab-2027", "lab-2028"])
            await lab.Kubectl.ApplyAsync(NewImage(name));
        var node = NewNode("pc-01", machine);
        node.Spec.OperatingSystem.Hooks = hooks ?? [];
        await lab.Kubectl.ApplyAsync(node);
    }

    /// <summary>The login of a machine as a Secret.</summary>
    public static async Task ApplyLoginAsync(Lab lab, LabMachine machine, string secret)
    {
        await File.WriteAllTextAsync(machine.PathOf("/login"), machine.ClientKey);
        await lab.Kubectl.RunAsync("create", "secret", "generic", secret, $"--from-file=ssh-privatekey={machine.PathOf("/login")}");
    }

    /// <summary>The Provisioner, which wakes one machine.</summary>
    public static Provisioner NewProvisioner(LabMachine machine) => new()
    {
        Metadata = new() { Name = Provisioner },
        Spec = new()
        {
            Type = ProvisionerType.Lab,
            Lab = new() { WakeOnLanAddress = "127.0.0.1", WakeOnLanPort = machine.WakeUpPort },
            Timeouts = new() { ObserveSeconds = 2, BootSeconds = 60 },
        },
    };

    /// <summary>An Image; the file is never read.</summary>
    public static Image NewImage(string name) =>
        new() { Metadata = new() { Name = name }, Spec = new() { Revision = "1", Digest = "sha256:" + new string(char.IsAsciiHexDigitLower(name[^1]) ? name[^1] : '0', 64), Format = ImageFormat.Raw, FileName = $"{name}.img" } };

    /// <summary>The Node of a machine, which should name lab-2027.</summary>
    public static Node NewNode(string name, LabMachine machine, string secret = "lab-login") => new()
    {
        Metadata = new() { Name = name },
        Spec = new()
        {
            ProvisionerRef = new() { Name = Provisioner },
            ImageRef = new() { Name = "lab-2027" },
            PowerState = PowerState.PoweredOn,
            OperatingSystem = new()
            {
                Type = OperatingSystemType.Linux, Address = machine.Address, Port = machine.Port, CredentialsSecretRef = new() { Name = secret },
                HostKeyPolicy = HostKeyPolicy.Pinned, HostKeys = [machine.HostKey],
            },
            Hardware = new() { MacAddress = LabMachine.MacAddress },
        },
    };
}

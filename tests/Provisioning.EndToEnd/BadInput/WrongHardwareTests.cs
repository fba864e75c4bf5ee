using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.BadInput;

/// <summary>Wrong values of a Node that only the VM host can tell.</summary>
/// <param name="bad">The namespace.</param>
public sealed class WrongHardwareTests(BadInputLab bad) : IClassFixture<BadInputLab>
{
    private const string Host = "host";

    [Fact]
    public async Task A_disk_that_is_smaller_than_the_image_is_told_before_anything_is_done()
    {
        await bad.Lab.Kubectl.ApplyAsync(await bad.NewImageAsync("two-gib", "2G"));
        var node = BadInputLab.NewNode("small-disk", Host, "two-gib");
        node.Spec.Hardware.DiskGiB = 1;
        var mark = bad.Host.Commands.Mark();
        await bad.Lab.Kubectl.ApplyAsync(node);

        await Told.StalledNodeAsync(bad.Lab, "small-disk", Reasons.InvalidSpec, "hardware.diskGiB is 1", "2 GiB", "Give at least that");

        Assert.Empty(bad.Host.Commands.EffectsSince(mark, "disk-"));
        Assert.Null(await bad.Lab.FindMachineAsync("small-disk"));
        await bad.Lab.ChangeAsync("small-disk", """{"hardware":{"diskGiB":3}}""");
        await bad.Lab.UntilReadyAsync("small-disk");
    }

    [Fact]
    public async Task A_bridge_that_the_host_lacks_is_named()
    {
        var node = BadInputLab.NewNode("no-bridge", Host);
        node.Spec.Hardware.Interfaces = [new() { Name = "lan", Type = NetworkInterfaceType.Bridge, Source = "br-nowhere" }];
        await bad.Lab.Kubectl.ApplyAsync(node);

        await Told.RetryingNodeAsync(bad.Lab, "no-bridge", Reasons.CommandFailed, "Starting the machine failed", "br-nowhere", "Make the bridge on the VM host");
    }

    [Fact]
    public async Task A_host_port_that_another_node_has_is_named_and_the_other_node_runs_on()
    {
        var port = Ports.Free();
        var (first, second) = (NewForward("first", port), NewForward("second", port));
        await bad.Lab.Kubectl.ApplyAsync(first);
        await bad.Lab.UntilReadyAsync("first");
        await bad.Lab.Kubectl.ApplyAsync(second);

        await Told.RetryingNodeAsync(bad.Lab, "second", Reasons.CommandFailed, "Starting the machine failed", $":{port}-", "another hostPort");

        Assert.Equal("running", (await bad.Lab.MachineAsync("first")).State);
        await bad.Lab.Kubectl.ApplyAsync(NewForward("second", Ports.Free()));
        await bad.Lab.UntilReadyAsync("second");
    }

    [Fact]
    public async Task An_accelerator_that_the_host_lacks_is_named()
    {
        var provisioner = bad.Lab.NewProvisioner();
        provisioner.Metadata.Name = "accelerated";
        provisioner.Spec.Libvirt!.DomainType = LibvirtDomainType.Kvm;
        await bad.Lab.Kubectl.ApplyAsync(provisioner);
        await bad.Lab.Kubectl.ApplyAsync(BadInputLab.NewNode("no-kvm", "accelerated"));

        await Told.RetryingNodeAsync(bad.Lab, "no-kvm", Reasons.CommandFailed, "virt type 'kvm'", "set libvirt.domainType");
    }

    [Fact]
    public async Task An_image_without_host_keys_is_told_before_a_guest_is_loaded_that_nobody_could_trust()
    {
        var node = BadInputLab.NewNode("no-keys", Host);
        node.Spec.OperatingSystem = new() { Type = OperatingSystemType.Linux, Address = "127.0.0.1", CredentialsSecretRef = new() { Name = "guest-login" } };
        await bad.Lab.Kubectl.ApplyAsync(node);

        await Told.StalledNodeAsync(bad.Lab, "no-keys", Reasons.HostKeyUnknown, "Image blank", "sshHostKeys", "hostKeyPolicy");

        Assert.Null(await bad.Lab.FindMachineAsync("no-keys"));
    }

    private static Node NewForward(string name, int port)
    {
        var node = BadInputLab.NewNode(name, Host);
        node.Spec.Hardware.Interfaces = [new() { Name = "net0", Type = NetworkInterfaceType.User, Forwards = [new() { HostPort = port, GuestPort = 22 }] }];
        return node;
    }
}

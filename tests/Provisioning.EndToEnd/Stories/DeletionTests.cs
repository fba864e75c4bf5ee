using Provisioning.Api.Nodes;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Stories;

/// <summary>What becomes of a machine when its Node is deleted.</summary>
public sealed class DeletionTests(TestBed bed)
{
    private const string Node = "vm";

    [Fact]
    public async Task Unload_removes_the_machine_and_its_disk_and_Retain_leaves_it_to_be_adopted()
    {
        await using var lab = await bed.NewLabAsync("deletion");
        await lab.Kubectl.ApplyAsync(lab.NewImage("tiny-a"));
        var declared = lab.NewNode(Node, "tiny-a");
        await lab.Kubectl.ApplyAsync(declared);
        await lab.UntilReadyAsync(Node);
        var machine = await lab.MachineAsync(Node);
        var (boot, disk, mark) = (await lab.GuestOf(Node).BootIdAsync(), await machine.DiskAsync(), lab.Host.Commands.Mark());

        await DeleteAsync(lab);
        Assert.Equal("running", (await lab.MachineAsync(Node)).State);

        // The guest was given a host key of its own. The Node that recorded it is gone, but the VM host knows it too: the new Node trusts its machine and adopts it.
        await lab.Kubectl.ApplyAsync(declared);
        var adopted = await lab.UntilReadyAsync(Node);
        Assert.Equal((LoadState.Adopted, "tiny-a"), (adopted.Status!.LoadedImage!.State, adopted.Status.LoadedImage.Name));
        Assert.Equal((boot, disk), (await lab.GuestOf(Node).BootIdAsync(), await machine.DiskAsync()));
        Assert.Empty(lab.Host.Commands.EffectsSince(mark, machine.Uuid));

        await lab.ChangeAsync(Node, """{"deletionPolicy":"Unload"}""");
        await lab.UntilReadyAsync(Node);
        await DeleteAsync(lab);
        Assert.Null(await lab.FindMachineAsync(Node));
        Assert.False(Directory.Exists(machine.Directory));
    }

    [Fact]
    public async Task PowerOff_leaves_the_machine_off_with_its_disk()
    {
        await using var lab = await bed.NewLabAsync("deletionoff");
        await lab.Kubectl.ApplyAsync(lab.NewImage("tiny-a"));
        var declared = lab.NewNode(Node, "tiny-a");
        declared.Spec.DeletionPolicy = DeletionPolicy.PowerOff;
        await lab.Kubectl.ApplyAsync(declared);
        await lab.UntilReadyAsync(Node);
        var machine = await lab.MachineAsync(Node);
        var disk = await machine.DiskAsync();

        await DeleteAsync(lab);

        Assert.Equal("shut off", (await lab.MachineAsync(Node)).State);
        Assert.Equal(disk, await machine.DiskAsync());
    }

    private static async Task DeleteAsync(Lab lab)
    {
        await lab.Kubectl.RunAsync("delete", "pn", Node, "--wait=false");
        await lab.UntilAsync("the Node is gone", async () => await lab.Kubectl.NodeAsync(Node) is null, TimeSpan.FromMinutes(3));
    }
}

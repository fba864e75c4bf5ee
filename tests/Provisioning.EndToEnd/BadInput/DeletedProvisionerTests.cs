using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.BadInput;

/// <summary>A Provisioner that somebody deletes under its Nodes.</summary>
/// <param name="bad">The namespace.</param>
public sealed class DeletedProvisionerTests(SimulatedLab bad) : IClassFixture<SimulatedLab>
{
    private const string Node = "orphan";

    [Fact]
    public async Task At_rest_and_in_a_load_it_is_named_and_everything_goes_on_when_it_comes_back()
    {
        var mark = bad.Host.Commands.Mark();
        await bad.Host.BreakAsync("qemu-img", """case "$1" in create) sleep 8 ;; esac""");
        await bad.Lab.Kubectl.ApplyAsync(BadInputLab.NewNode(Node, "host"));
        await bad.Lab.UntilAsync("the load makes the disk", () => Task.FromResult(bad.Host.Commands.EffectsSince(mark, "disk-").Count > 0));
        await bad.Lab.Kubectl.RunAsync("delete", "pprov", "host");
        await Told.StalledNodeAsync(bad.Lab, Node, Reasons.ProvisionerNotFound, "Load waits", "Provisioner host does not exist", "Create it again");
        var operation = (await bad.Lab.Kubectl.NodeAsync(Node))!.Status!.Operation!.Id;

        await bad.Lab.Kubectl.ApplyAsync(bad.Lab.NewProvisioner());

        var loaded = await bad.Lab.UntilReadyAsync(Node);
        var machine = await bad.Lab.MachineAsync(Node);
        Assert.Equal(operation, loaded.Status!.LoadedImage!.OperationId);
        Assert.Equal(["create", "define", "start"], bad.Host.Commands.EffectsSince(mark, machine.Uuid).Select(command => command.Verb));

        await bad.Host.MendAsync();
        await bad.Lab.Kubectl.RunAsync("delete", "pprov", "host");
        await Told.StalledNodeAsync(bad.Lab, Node, Reasons.ProvisionerNotFound, "Provisioner host does not exist", "Create it");
        await bad.Lab.Kubectl.ApplyAsync(bad.Lab.NewProvisioner());
        var ready = await bad.Lab.UntilReadyAsync(Node);
        Assert.Equal((1, operation), (ready.Status!.OperationSequence, Assert.Single(ready.Succeeded(OperationKind.Load)).Id));
        Assert.Equal("running", (await bad.Lab.MachineAsync(Node)).State);
    }

    [Fact]
    public async Task A_node_whose_provisioner_is_gone_can_be_deleted()
    {
        await bad.Lab.Kubectl.ApplyAsync(SimulatedLab.NewSimulated());
        var node = BadInputLab.NewNode("left", SimulatedLab.Simulated);
        node.Spec.DeletionPolicy = DeletionPolicy.Unload;
        await bad.Lab.Kubectl.ApplyAsync(node);
        await bad.Lab.UntilReadyAsync("left");
        await bad.Lab.Kubectl.RunAsync("delete", "pprov", SimulatedLab.Simulated);

        await bad.Lab.DeleteAsync("left");

        // Told after the Node has been let go.
        await bad.Lab.UntilAsync("an event names what was left", async () => (await bad.Lab.Kubectl.RunAsync("get", "events")).Contains("Provisioner does not exist", StringComparison.Ordinal));
    }
}

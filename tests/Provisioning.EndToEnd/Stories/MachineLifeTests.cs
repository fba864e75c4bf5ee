using Provisioning.Api.Machines;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Stories;

/// <summary>One virtual machine through everything that a user asks of it, or does to it behind our back.</summary>
public sealed class MachineLifeTests(TinyMachine tiny) : IClassFixture<TinyMachine>, IAsyncLifetime
{
    private const string Node = TinyMachine.Name;

    public async ValueTask InitializeAsync() => await tiny.EnsureReadyAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task An_applied_node_is_loaded_answers_and_names_its_image()
    {
        var node = await tiny.Lab.UntilReadyAsync(Node);

        var image = node.Spec.ImageRef!.Name;
        var file = (await tiny.Guest.RunAsync("cat currentimage.txt")).Split('\n');
        Assert.Equal(image, file[0]);
        Assert.Contains($"imagerevision_id={image}@1", file);
        Assert.Equal((image, PowerValue.On, image, LoadState.Loaded), (node.Status!.CurrentImage, node.Status.Power, node.Status.LoadedImage!.Name, node.Status.LoadedImage.State));
        Assert.Equal((NodeVerdict.Ready, FactValue.Yes), (node.Status.NodeStatusReport!.Verdict, node.Status.NodeStatusReport.Ssh));
        Assert.All(["Reachable", "PowerMatched", "ImageMatched", "CredentialsValid"], type => Assert.Equal(ConditionStatus.True, node.Condition(type)?.Status));
        Assert.Null(node.Condition("Stalled") ?? node.Condition("Reconciling"));
    }

    [Fact]
    public async Task The_machine_is_given_a_host_key_of_its_own_which_is_pinned()
    {
        var node = await tiny.Lab.UntilReadyAsync(Node);

        var shown = await tiny.Guest.HostKeyAsync();

        Assert.Contains(shown, node.Status!.SshHostKeys);
        Assert.NotEqual(tiny.Lab.Host.HostKeyOf(node.Spec.ImageRef!.Name), shown);
    }

    [Fact]
    public async Task Powered_off_is_off_and_powered_on_is_on_again_with_the_same_disk()
    {
        var disk = await (await tiny.MachineAsync()).DiskAsync();

        await tiny.Lab.ChangeAsync(Node, """{"powerState":"PoweredOff"}""");
        var off = await tiny.Lab.UntilReadyAsync(Node);
        Assert.Equal("shut off", (await tiny.MachineAsync()).State);
        Assert.Equal((PowerValue.Off, ConditionStatus.True), (off.Status!.Power, off.Condition("ImageMatched")!.Status));

        await tiny.Lab.ChangeAsync(Node, """{"powerState":"PoweredOn"}""");
        var on = await tiny.Lab.UntilReadyAsync(Node);
        Assert.Equal("running", (await tiny.MachineAsync()).State);
        Assert.Equal((disk, off.Status.LoadedImage!.OperationId), (await (await tiny.MachineAsync()).DiskAsync(), on.Status!.LoadedImage!.OperationId));
        await tiny.Guest.BootIdAsync();
    }

    [Fact]
    public async Task A_reset_token_resets_the_machine_exactly_once()
    {
        var (machine, boot, mark) = (await tiny.MachineAsync(), await tiny.Guest.BootIdAsync(), tiny.Lab.Host.Commands.Mark());

        await tiny.Lab.ChangeAsync(Node, """{"powerResetToken":"once"}""");
        await tiny.Lab.UntilAsync(Node, "reset", node => node.IsReady() && node.Status!.HandledPowerResetToken == "once");

        var after = await tiny.Guest.BootIdAsync();
        Assert.NotEqual(boot, after);
        Assert.Equal(["reset"], tiny.Lab.Host.Commands.EffectsSince(mark, machine.Uuid).Select(command => command.Verb));
        // Rests for a few looks: a token that was handled asks for nothing more.
        await tiny.LooksAsync(3);
        Assert.Equal(after, await tiny.Guest.BootIdAsync());
        Assert.Single(tiny.Lab.Host.Commands.EffectsSince(mark, machine.Uuid));
        Assert.Contains(await tiny.Lab.Host.Events.SinceAsync(mark, machine.Name), told => told.What == "reboot");
    }

    [Fact]
    public async Task Another_image_is_loaded_in_place_of_the_old_one()
    {
        var node = await tiny.Lab.UntilReadyAsync(Node);
        var (old, boot) = (await (await tiny.MachineAsync()).DiskAsync(), await tiny.Guest.BootIdAsync());
        var other = node.Spec.ImageRef!.Name == "tiny-a" ? "tiny-b" : "tiny-a";
        await tiny.Lab.Kubectl.ApplyAsync(tiny.Lab.NewImage(other));

        await tiny.Lab.ChangeAsync(Node, $$"""{"imageRef":{"name":"{{other}}"} }""");
        node = await tiny.Lab.UntilReadyAsync(Node);

        Assert.Equal(other, (await tiny.Guest.RunAsync("cat currentimage.txt")).Split('\n')[0]);
        Assert.Equal((other, other), (node.Status!.CurrentImage, node.Status.LoadedImage!.Name));
        Assert.NotEqual(boot, await tiny.Guest.BootIdAsync());
        var disk = await (await tiny.MachineAsync()).DiskAsync();
        Assert.NotEqual(old, disk);
        Assert.Single(disk.Split('\n'));
    }

    [Fact]
    public async Task A_machine_that_somebody_switched_off_is_switched_on_again_with_its_disk()
    {
        var (machine, mark) = (await tiny.MachineAsync(), tiny.Lab.Host.Commands.Mark());
        var (disk, boot) = (await machine.DiskAsync(), await tiny.Guest.BootIdAsync());

        await tiny.Lab.Host.VirshAsync("destroy", machine.Uuid);
        await tiny.Lab.UntilAsync(Node, "on again", node => node.IsReady() && node.Status!.NodeStatusReport!.BootId is { } now && now != boot);

        Assert.Equal("running", (await tiny.MachineAsync()).State);
        Assert.Equal(disk, await machine.DiskAsync());
        Assert.Equal(["start"], tiny.Lab.Host.Commands.EffectsSince(mark, machine.Uuid).Select(command => command.Verb));
        await tiny.Lab.Host.Events.AreExactlyAsync(mark, machine.Name, "Stopped", "Started");
    }

    [Fact]
    public async Task A_machine_that_somebody_removed_is_loaded_again()
    {
        var (machine, loaded) = (await tiny.MachineAsync(), (await tiny.Lab.UntilReadyAsync(Node)).Status!.LoadedImage!.OperationId);

        await tiny.Lab.Host.VirshAsync("destroy", machine.Uuid);
        await tiny.Lab.Host.VirshAsync("undefine", machine.Uuid);
        foreach (var disk in Directory.EnumerateFiles(machine.Directory, "disk-*"))
            File.Delete(disk);
        var node = await tiny.Lab.UntilAsync(Node, "loaded again", found => found.IsReady() && found.Status!.LoadedImage!.OperationId != loaded);

        Assert.Equal(machine.Uuid, (await tiny.MachineAsync()).Uuid);
        Assert.Equal(node.Status!.LoadedImage!.Name, (await tiny.Guest.RunAsync("cat currentimage.txt")).Split('\n')[0]);
    }

    [Fact]
    public async Task A_machine_that_a_user_may_have_changed_is_loaded_again_but_only_where_it_is_managed()
    {
        var loaded = (await tiny.Lab.UntilReadyAsync(Node)).Status!.LoadedImage!.OperationId;
        await tiny.Lab.ChangeAsync(Node, """{"managementPolicy":"Observe"}""");
        await tiny.Guest.RunAsync("echo vcld_tainted=true >>currentimage.txt");

        var reported = await tiny.Lab.UntilAsync(Node, "reported as changed", node => node.IsStalled("ObserveOnly"));
        Assert.Equal((loaded, "Tainted"), (reported.Status!.LoadedImage!.OperationId, reported.Condition("ImageMatched")?.Reason));
        Assert.Null(reported.Status.Operation);

        await tiny.Lab.ChangeAsync(Node, """{"managementPolicy":"Manage"}""");
        await tiny.Lab.UntilAsync(Node, "loaded again", node => node.IsReady() && node.Status!.LoadedImage!.OperationId != loaded);
        Assert.DoesNotContain("tainted", await tiny.Guest.RunAsync("cat currentimage.txt"));
    }
}

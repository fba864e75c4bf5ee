using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Operator.Tests.Support;

namespace Provisioning.Operator.Tests.Running;

/// <summary>Nodes on simulated machines, from apply to rest, with every write counted.</summary>
public sealed class ConvergenceTests
{
    [Fact]
    public async Task A_node_becomes_ready_with_at_most_five_writes()
    {
        await using var cluster = await Cluster.WithOperatorAsync();
        cluster.Apply(Samples.Node());
        await cluster.UntilReadyAsync();
        await cluster.UntilAsync(() => cluster.Events("Loaded").Count == 1, "an event for the load");

        Assert.True(cluster.Writes("n1").Count <= 5, string.Join(", ", cluster.Writes("n1")));
        Assert.Equal(["Load/CreateDisk", "Load/SwitchDisk", "Load/Start"], cluster.Effects());
        Assert.Equal(PowerValue.On, cluster.Machine().Power);
        Assert.Equal(LoadState.Loaded, cluster.Node()!.Status!.LoadedImage!.State);
        Assert.Equal("debian", cluster.Node()!.Status!.CurrentImage);
    }

    [Fact]
    public async Task A_node_at_rest_is_looked_at_and_costs_no_writes()
    {
        var hooks = new EngineHooks();
        await using var cluster = await Cluster.WithOperatorAsync(Samples.Provisioner(change: spec => spec.Timeouts.ObserveSeconds = 2), hooks);
        cluster.ApplySecret();
        cluster.Apply(Samples.Node(change: Samples.Linux));
        cluster.Apply(Samples.Node("n2", image: null, change: spec => spec.PowerState = PowerState.PoweredOff));
        await cluster.UntilReadyAsync();
        await cluster.UntilReadyAsync("n2");
        await cluster.UntilAsync(() => cluster.Events("Loaded").Count == 1, "an event for the load");
        await cluster.UntilLookedAtAsync();
        await cluster.UntilLooksAsync(hooks, 2);
        var before = cluster.Writes().Count;

        await cluster.UntilLooksAsync(hooks, 12);

        Assert.Equal(before, cluster.Writes().Count);
    }

    [Fact]
    public async Task The_echo_of_an_own_write_does_not_cause_another_look()
    {
        var hooks = new EngineHooks();
        // However long it takes, no look is due by the clock.
        await using var cluster = await Cluster.WithOperatorAsync(Samples.Provisioner(change: spec => spec.Timeouts.ObserveSeconds = 86400), hooks);
        cluster.Apply(Samples.Node());
        await cluster.UntilReadyAsync();
        cluster.Apply(Samples.Node("n2"));
        await cluster.UntilReadyAsync("n2");

        // Two looks each: one that finds what is to be done, one that finds it done.
        Assert.Equal(4, hooks.Looks);
    }

    [Fact]
    public async Task Power_follows_the_declaration_in_both_directions()
    {
        await using var cluster = await Cluster.WithOperatorAsync();
        cluster.Apply(Samples.Node());
        await cluster.UntilReadyAsync();

        cluster.Edit("n1", spec => spec.PowerState = PowerState.PoweredOff);
        await cluster.UntilReadyAsync();
        Assert.Equal(PowerValue.Off, cluster.Machine().Power);
        Assert.Equal("PoweredOff", cluster.Condition("Ready")!.Reason);

        cluster.Edit("n1", spec => spec.PowerState = PowerState.PoweredOn);
        await cluster.UntilReadyAsync();
        Assert.Equal(PowerValue.On, cluster.Machine().Power);
    }

    [Fact]
    public async Task Another_image_is_loaded_once()
    {
        var hooks = new EngineHooks();
        await using var cluster = await Cluster.WithOperatorAsync(hooks: hooks);
        cluster.Apply(Samples.Image("fedora"));
        cluster.Apply(Samples.Node());
        await cluster.UntilReadyAsync();

        Assert.Equal("debian", cluster.Node()!.Status!.CurrentImage);

        var shown = new System.Collections.Concurrent.ConcurrentBag<string?>();
        hooks.Before = (_, _) => shown.Add(cluster.Node()!.Status!.CurrentImage);
        cluster.Edit("n1", spec => spec.ImageRef!.Name = "fedora");
        await cluster.UntilReadyAsync();
        Assert.Equal([null], shown.Distinct());
        Assert.Equal("fedora", cluster.Node()!.Status!.CurrentImage);

        Assert.Equal(Samples.Digest("fedora"), cluster.Machine().Disk!.Digest);
        Assert.Equal(2, cluster.Effects().Count(effect => effect == "Load/SwitchDisk"));
    }

    [Fact]
    public async Task Tokens_of_a_new_node_ask_for_nothing_and_a_changed_one_is_handled_once()
    {
        var hooks = new EngineHooks();
        await using var cluster = await Cluster.WithOperatorAsync(Samples.Provisioner(change: spec => spec.Timeouts.ObserveSeconds = 2), hooks);
        cluster.Apply(Samples.Node(change: spec => (spec.PowerResetToken, spec.ReloadToken) = ("a", "b")));
        await cluster.UntilReadyAsync();
        Assert.Equal(["Load/CreateDisk", "Load/SwitchDisk", "Load/Start"], cluster.Effects());

        cluster.Edit("n1", spec => spec.PowerResetToken = "again");
        await cluster.UntilReadyAsync();
        Assert.Equal("again", cluster.Node()!.Status!.HandledPowerResetToken);
        cluster.Edit("n1", spec => spec.ReloadToken = "again");
        await cluster.UntilReadyAsync();
        Assert.Equal("again", cluster.Node()!.Status!.HandledReloadToken);
        await cluster.UntilLooksAsync(hooks, 4);

        Assert.Equal(1, cluster.Effects().Count(effect => effect == "PowerReset/Reset"));
        Assert.Equal(2, cluster.Effects().Count(effect => effect == "Load/SwitchDisk"));
    }

    [Fact]
    public async Task A_machine_that_is_destroyed_by_others_is_repaired()
    {
        await using var cluster = await Cluster.WithOperatorAsync(Samples.Provisioner(change: spec => spec.Timeouts.ObserveSeconds = 2));
        cluster.Apply(Samples.Node());
        await cluster.UntilReadyAsync();

        cluster.Room.DestroyMachine(Samples.Namespace, "n1");

        await cluster.UntilAsync(() => cluster.Effects().Count(effect => effect == "Load/Start") == 2, "a second load");
        await cluster.UntilReadyAsync();
    }

    [Fact]
    public async Task A_node_that_is_switched_off_while_it_is_loaded_is_not_loaded_any_further()
    {
        await using var cluster = await Cluster.WithOperatorAsync(Samples.Provisioner(load: 600));
        cluster.Apply(Samples.Node());
        await cluster.UntilNodeAsync(node => node.Status?.Operation?.Step is "CreateDisk", "a load in the step CreateDisk");

        cluster.Edit("n1", spec => spec.PowerState = PowerState.PoweredOff);
        await cluster.UntilReadyAsync();

        Assert.DoesNotContain("Load/Start", cluster.Effects());
        Assert.Equal("Superseded", cluster.Node()!.Status!.History[^1].Reason);
        Assert.Equal(PowerValue.Off, cluster.Machine().Power);
    }

    [Fact]
    public async Task A_paused_node_is_not_looked_at_and_goes_on_when_it_is_managed_again()
    {
        var hooks = new EngineHooks();
        await using var cluster = await Cluster.WithOperatorAsync(hooks: hooks);
        cluster.Apply(Samples.Node(change: spec => spec.ManagementPolicy = ManagementPolicy.Paused));
        await cluster.UntilReasonAsync("Ready", "Paused");
        Assert.Equal(0, hooks.Looks);
        Assert.Empty(cluster.Events());

        cluster.Edit("n1", spec => spec.ManagementPolicy = ManagementPolicy.Manage);
        await cluster.UntilReadyAsync();
    }

    [Fact]
    public async Task A_node_that_is_only_observed_is_looked_at_and_not_touched()
    {
        await using var cluster = await Cluster.WithOperatorAsync();
        cluster.Apply(Samples.Node(change: spec => spec.ManagementPolicy = ManagementPolicy.Observe));
        await cluster.UntilReasonAsync("Stalled", "ObserveOnly");
        Assert.Empty(cluster.Effects());
    }

    [Fact]
    public async Task An_operation_is_held_while_its_node_is_paused_and_resumed_afterwards()
    {
        await using var cluster = await Cluster.WithOperatorAsync(Samples.Provisioner(load: 400));
        cluster.Apply(Samples.Node());
        await cluster.UntilNodeAsync(node => node.Status?.Operation?.Step is "CreateDisk", "a load in the step CreateDisk");
        var id = cluster.Node()!.Status!.Operation!.Id;

        cluster.Edit("n1", spec => spec.ManagementPolicy = ManagementPolicy.Paused);
        await cluster.UntilReasonAsync("Paused", "Paused");
        Assert.Equal(id, cluster.Node()!.Status!.Operation!.Id);
        cluster.Edit("n1", spec => spec.ManagementPolicy = ManagementPolicy.Manage);
        await cluster.HurryAsync(cluster.UntilReadyAsync());

        Assert.Equal(id, Assert.Single(cluster.Node()!.Status!.History).Id);
    }
}

using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;
using Provisioning.Kubernetes.Caching;
using Provisioning.Operator.Tests.Support;

namespace Provisioning.Operator.Tests.Running;

/// <summary>Deleting a Node always ends, does what the policy says, and names what it left behind.</summary>
public sealed class NodeDeletionTests
{
    [Theory]
    [InlineData(DeletionPolicy.Retain, PowerValue.On, true)]
    [InlineData(DeletionPolicy.PowerOff, PowerValue.Off, true)]
    [InlineData(DeletionPolicy.Unload, PowerValue.Off, false)]
    public async Task The_policy_says_what_becomes_of_the_machine(DeletionPolicy policy, PowerValue power, bool exists)
    {
        await using var cluster = await Cluster.WithOperatorAsync();
        cluster.Apply(Samples.Node(change: spec => spec.DeletionPolicy = policy));
        await cluster.UntilReadyAsync();

        cluster.Delete(Cluster.NodeKind, "n1");
        await cluster.UntilGoneAsync(Cluster.NodeKind, "n1");

        Assert.Equal(power, cluster.Machine().Power);
        Assert.Equal(exists, cluster.Machine().Exists);
        Assert.Empty(cluster.Events("LeftBehind"));
    }

    /// <summary>Its steps follow one another without a wait: the Node is deleted while the first of them is under way.</summary>
    [Fact]
    public async Task No_further_step_of_a_load_is_begun_when_its_node_is_deleted()
    {
        var hooks = new EngineHooks();
        await using var cluster = await Cluster.StartAsync();
        cluster.Apply(Samples.Provisioner());
        cluster.Apply(Samples.Image());
        var running = await cluster.StartOperatorAsync(hooks);
        var nodes = running.Services.GetRequiredService<IResourceCache<Node>>();
        hooks.After = (_, _) =>
        {
            cluster.Delete(Cluster.NodeKind, "n1");
            SpinWait.SpinUntil(() => nodes.Get(new(Samples.Namespace, "n1"))?.Metadata.DeletionTimestamp is not null, TimeSpan.FromSeconds(30));
            hooks.After = null;
        };
        cluster.Apply(Samples.Node());
        await cluster.UntilGoneAsync(Cluster.NodeKind, "n1");

        Assert.Equal(["room Load", "room Abandon", "room Release"], hooks.Places);
        Assert.DoesNotContain("Load/SwitchDisk", cluster.Effects());
    }

    [Fact]
    public async Task A_node_that_goes_gives_its_machine_up_and_says_what_could_not_be()
    {
        var hooks = new EngineHooks { Release = (_, _) => Task.FromResult(OperationOutcome.Failed("CommandFailed", "remove the file owner by hand.")) };
        await using var cluster = await Cluster.WithOperatorAsync(hooks: hooks);
        cluster.Apply(Samples.Node());
        await cluster.UntilReadyAsync();

        cluster.Delete(Cluster.NodeKind, "n1");
        await cluster.UntilGoneAsync(Cluster.NodeKind, "n1");

        await cluster.UntilAsync(() => cluster.Events("LeftBehind").Count == 1, "an event");
        Assert.Contains("claim of the Node on its machine was left behind: remove the file owner by hand.", (string?)cluster.Events("LeftBehind")[0]["note"]);
        Assert.Single(hooks.Places, place => place == "room Release");
    }

    [Fact]
    public async Task A_node_whose_provisioner_is_gone_is_let_go_and_says_what_it_left()
    {
        await using var cluster = await Cluster.WithOperatorAsync();
        cluster.Apply(Samples.Node(change: spec => spec.DeletionPolicy = DeletionPolicy.Unload));
        await cluster.UntilReadyAsync();
        cluster.Delete(Cluster.ProvisionerKind, "room");
        await cluster.UntilReasonAsync("Stalled", "ProvisionerNotFound");

        cluster.Delete(Cluster.NodeKind, "n1");
        await cluster.UntilGoneAsync(Cluster.NodeKind, "n1");

        await cluster.UntilAsync(() => cluster.Events("LeftBehind").Any(IsOfNode), "an event");
        Assert.Contains("not unloaded", (string?)Assert.Single(cluster.Events("LeftBehind"), IsOfNode)["note"]);
    }

    [Fact]
    public async Task A_node_whose_secret_is_gone_is_let_go_and_says_what_it_left()
    {
        await using var cluster = await Cluster.WithOperatorAsync();
        cluster.ApplySecret();
        cluster.Apply(Samples.Node(change: spec =>
        {
            Samples.Linux(spec);
            spec.DeletionPolicy = DeletionPolicy.Unload;
        }));
        await cluster.UntilReadyAsync();
        cluster.Delete(Cluster.SecretKind, "login");
        cluster.Edit("n1", spec => spec.PowerResetToken = "look");
        await cluster.UntilReasonAsync("Stalled", "SecretInvalid");

        cluster.Delete(Cluster.NodeKind, "n1");
        await cluster.UntilGoneAsync(Cluster.NodeKind, "n1");
        await cluster.UntilAsync(() => cluster.Events("LeftBehind").Count == 1, "an event");
    }

    [Fact]
    public async Task A_node_whose_engine_is_unreachable_is_let_go_after_the_grace()
    {
        await using var cluster = await Cluster.WithOperatorAsync();
        cluster.Apply(Samples.Node(change: spec => spec.DeletionPolicy = DeletionPolicy.Unload));
        await cluster.UntilReadyAsync();
        cluster.Room.EndpointReachable = false;

        cluster.Delete(Cluster.NodeKind, "n1");
        await cluster.UntilReasonAsync("Ready", "HostUnreachable");
        cluster.Time.Jump(TimeSpan.FromMinutes(15));
        await cluster.UntilGoneAsync(Cluster.NodeKind, "n1");
        await cluster.UntilAsync(() => cluster.Events("LeftBehind").Count == 1, "an event");
    }

    [Fact]
    public async Task A_node_whose_operation_cannot_be_cleaned_up_because_the_engine_hangs_is_let_go()
    {
        var asked = 0;
        var hooks = new EngineHooks { Abandon = async (_, cancel) =>
        {
            Interlocked.Increment(ref asked);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancel);
            throw new InvalidOperationException("never");
        } };
        await using var cluster = await Cluster.WithOperatorAsync(Samples.Provisioner(load: 600), hooks);
        cluster.Apply(Samples.Node());
        await cluster.UntilNodeAsync(node => node.Status?.Operation?.Step is "CreateDisk", "a load in the step CreateDisk");

        cluster.Delete(Cluster.NodeKind, "n1");
        await cluster.UntilAsync(() => Volatile.Read(ref asked) > 1, "the engine asked again to clean up");
        cluster.Time.Jump(TimeSpan.FromMinutes(15));
        await cluster.UntilGoneAsync(Cluster.NodeKind, "n1");
    }

    [Fact]
    public async Task A_node_deleted_while_it_is_loaded_ends_the_load_first()
    {
        await using var cluster = await Cluster.WithOperatorAsync(Samples.Provisioner(load: 600));
        cluster.Apply(Samples.Node(change: spec => spec.DeletionPolicy = DeletionPolicy.Unload));
        await cluster.UntilNodeAsync(node => node.Status?.Operation?.Step is "CreateDisk", "a load in the step CreateDisk");

        cluster.Delete(Cluster.NodeKind, "n1");
        await cluster.UntilGoneAsync(Cluster.NodeKind, "n1");

        Assert.Null(cluster.Machine().NewDisk);
        Assert.False(cluster.Machine().Exists);
    }

    private static bool IsOfNode(JsonObject item) => (string?)item["regarding"]!["kind"] == "Node";
}

using System.Collections.Concurrent;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;
using Provisioning.Operator.Tests.Support;

namespace Provisioning.Operator.Tests.Running;

/// <summary>A Node that is given another Provisioner: what runs at the former one is ended there, and nothing recorded of its machine is taken for the new one.</summary>
public sealed class MovedNodeTests
{
    [Fact]
    public async Task A_load_under_way_is_given_up_at_the_provisioner_that_runs_it_and_begun_anew_at_the_other()
    {
        var hooks = new EngineHooks();
        await using var cluster = await LoadingAsync(hooks);
        Assert.Equal("room", cluster.Node()!.Status!.Provisioner);

        cluster.Edit("n1", spec => spec.ProvisionerRef.Name = "other");
        await cluster.UntilReadyAsync();

        AssertMoved(cluster, hooks);
    }

    [Fact]
    public async Task A_restarted_operator_gives_the_load_up_where_it_runs()
    {
        await using var cluster = await LoadingAsync(new(), out var first);
        await (await first).KillAsync();
        cluster.Edit("n1", spec => spec.ProvisionerRef.Name = "other");
        var hooks = new EngineHooks();
        await cluster.StartOperatorAsync(hooks);
        await cluster.UntilReadyAsync();

        Assert.Equal("room Abandon", hooks.Places.First());
        AssertMoved(cluster, hooks);
    }

    [Fact]
    public async Task A_load_whose_provisioner_is_gone_as_well_is_let_go_and_the_node_told()
    {
        await using var cluster = await LoadingAsync(new());
        cluster.Delete(Cluster.ProvisionerKind, "room");
        await cluster.UntilReasonAsync("Stalled", "ProvisionerNotFound");

        cluster.Edit("n1", spec => spec.ProvisionerRef.Name = "other");
        await cluster.UntilReadyAsync();

        await cluster.UntilAsync(() => cluster.Events("LeftBehind").Any(item => (string?)item["regarding"]!["kind"] == "Node"), "an event for what was left");
        Assert.Single(cluster.Events("LeftBehind"), item => (string?)item["regarding"]!["kind"] == "Node");
        Assert.Equal("Superseded", cluster.Node()!.Status!.History[1].Reason);
    }

    [Fact]
    public async Task A_load_under_way_is_given_up_at_the_machine_where_it_runs_and_begun_anew_at_the_one_that_is_named_now()
    {
        var calls = new ConcurrentQueue<(string Operation, string What)>();
        var hooks = new EngineHooks
        {
            Before = (_, context) => calls.Enqueue((context.Operation.Id, $"{context.Operation.Kind} {context.Node.MachineName}")),
            Abandon = (context, _) =>
            {
                calls.Enqueue((context.Operation.Id, $"Abandon {context.Node.MachineName}"));
                return Task.FromResult(OperationOutcome.Succeeded("given up"));
            },
        };
        await using var cluster = await LoadingAsync(hooks);
        Assert.Equal("n1", cluster.Node()!.Status!.Machine);

        var former = cluster.Node()!.Status!.Operation!.Id;
        cluster.Edit("n1", spec => spec.MachineName = "rack-2");
        await cluster.UntilNodeAsync(node => node.Status?.Operation is { Step: not null } next && next.Id != former, "another load under way");

        var status = cluster.Node()!.Status!;
        Assert.Equal(("rack-2", "Load Failed Superseded"), (status.Machine, $"{status.History[0].Kind} {status.History[0].Phase} {status.History[0].Reason}"));
        // The first call of the second load once went to the former machine, before the Node was gathered anew.
        Assert.Equal([(former, "Load n1"), (former, "Abandon n1"), (status.Operation!.Id, "Load rack-2")], calls.Distinct());
    }

    [Fact]
    public async Task A_machine_that_already_runs_what_it_should_is_not_loaded_for_what_was_recorded_of_another_one()
    {
        var hooks = new EngineHooks();
        await using var cluster = await Cluster.WithOperatorAsync(hooks: hooks);
        cluster.Apply(Samples.Provisioner("other"));
        cluster.Apply(Samples.Node());
        await cluster.UntilReadyAsync();

        // The room is shared by all simulated provisioners, so the other one finds the machine with its image.
        cluster.Edit("n1", spec => spec.ProvisionerRef.Name = "other");
        await cluster.UntilNodeAsync(node => node.Status?.Provisioner == "other" && Cluster.IsReady(node), "seen by the other provisioner");

        Assert.Equal(LoadState.Adopted, cluster.Node()!.Status!.LoadedImage!.State);
        Assert.DoesNotContain("other Load", hooks.Places);
    }

    private static void AssertMoved(Cluster cluster, EngineHooks hooks)
    {
        var status = cluster.Node()!.Status!;
        Assert.Equal(["Load Succeeded ", "Load Failed Superseded"], status.History.Select(record => $"{record.Kind} {record.Phase} {record.Reason}"));
        Assert.Equal("other", status.Provisioner);
        var places = hooks.Places.ToList();
        Assert.Contains("room Abandon", places);
        Assert.DoesNotContain("other Abandon", places);
        var moved = places.IndexOf("room Abandon");
        Assert.Equal(["other Load"], places.Skip(moved + 1).Distinct());
        Assert.DoesNotContain("other Load", places.Take(moved));
    }

    private static Task<Cluster> LoadingAsync(EngineHooks hooks) => LoadingAsync(hooks, out _);

    private static async Task<Cluster> StartAsync(EngineHooks hooks, TaskCompletionSource<RunningOperator> running)
    {
        var cluster = await Cluster.StartAsync();
        cluster.Apply(Samples.Provisioner(load: 600));
        cluster.Apply(Samples.Provisioner("other"));
        cluster.Apply(Samples.Image());
        running.SetResult(await cluster.StartOperatorAsync(hooks));
        cluster.Apply(Samples.Node());
        await cluster.UntilNodeAsync(node => node.Status?.Operation?.Step is "CreateDisk", "a load in the step CreateDisk");
        return cluster;
    }

    private static Task<Cluster> LoadingAsync(EngineHooks hooks, out Task<RunningOperator> running)
    {
        var source = new TaskCompletionSource<RunningOperator>();
        running = source.Task;
        return StartAsync(hooks, source);
    }
}

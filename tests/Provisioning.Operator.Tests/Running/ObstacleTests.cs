using Provisioning.Api.Machines;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Operator.Tests.Support;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Operator.Tests.Running;

/// <summary>What is missing or wrong is said in so many words, and heals by itself once it is mended.</summary>
public sealed class ObstacleTests
{
    [Fact]
    public async Task A_missing_provisioner_stalls_the_node_until_it_is_created()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Apply(Samples.Image());
        await cluster.StartOperatorAsync();
        cluster.Apply(Samples.Node());
        await cluster.UntilReasonAsync("Stalled", "ProvisionerNotFound");
        Assert.Contains("Create it, or name another one in spec.provisionerRef", cluster.Condition("Stalled")!.Message);

        cluster.Apply(Samples.Provisioner());
        await cluster.UntilReadyAsync();
    }

    [Fact]
    public async Task A_missing_image_stalls_the_node_until_it_is_created()
    {
        await using var cluster = await Cluster.WithOperatorAsync();
        cluster.Apply(Samples.Node(image: "fedora"));
        await cluster.UntilReasonAsync("Stalled", "ImageNotFound");
        Assert.Contains("fedora", cluster.Condition("Stalled")!.Message);

        cluster.Apply(Samples.Image("fedora"));
        await cluster.UntilReadyAsync();
    }

    [Fact]
    public async Task A_load_whose_image_is_deleted_is_finished_even_by_another_operator_and_the_node_told_of_the_image()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Apply(Samples.Provisioner(load: 180));
        cluster.Apply(Samples.Image());
        var first = await cluster.StartOperatorAsync();
        cluster.Apply(Samples.Node());
        await cluster.UntilNodeAsync(node => node.Status?.Operation?.Step is "CreateDisk", "a load in the step CreateDisk");
        cluster.Delete(Cluster.ImageKind, "debian");
        await first.KillAsync();
        await cluster.StartOperatorAsync();

        await cluster.HurryAsync(cluster.UntilReasonAsync("Stalled", "ImageNotFound"));
        Assert.Equal((OperationPhase.Succeeded, "debian"), (Assert.Single(cluster.Node()!.Status!.History).Phase, cluster.Node()!.Status!.CurrentImage));
        Assert.Equal(PowerValue.On, cluster.Machine().Power);

        cluster.Apply(Samples.Image());
        await cluster.UntilReadyAsync();
        Assert.Equal(["Load/CreateDisk", "Load/SwitchDisk", "Load/Start"], cluster.Effects());
    }

    [Fact]
    public async Task A_missing_secret_stalls_the_node_until_it_is_created()
    {
        await using var cluster = await Cluster.WithOperatorAsync();
        cluster.Apply(Samples.Node(change: Samples.Linux));
        await cluster.UntilReasonAsync("Stalled", "SecretInvalid");
        Assert.Contains("kubectl -n lab create secret generic login", cluster.Condition("Stalled")!.Message);
        await cluster.UntilAsync(() => cluster.Events("SecretInvalid").Count > 0, "an event");

        cluster.ApplySecret();
        await cluster.UntilReadyAsync();
        Assert.Single(cluster.Events("SecretInvalid"));
    }

    [Fact]
    public async Task A_secret_that_may_not_be_read_is_told_on_the_node()
    {
        await using var cluster = await Cluster.WithOperatorAsync();
        cluster.ApplySecret();
        cluster.Server.Inject(new Fault.Refuse(403, "Forbidden") { Verb = "get", Resource = "secrets", Times = 1000 });
        cluster.Apply(Samples.Node(change: Samples.Linux));
        await cluster.UntilReasonAsync("Stalled", "SecretInvalid");
        Assert.Contains("not allowed", cluster.Condition("Stalled")!.Message);
    }

    [Fact]
    public async Task An_invalid_spec_stalls_the_node_until_it_is_corrected()
    {
        await using var cluster = await Cluster.WithOperatorAsync();
        cluster.ApplySecret();
        cluster.Apply(Samples.Node(change: spec => spec.OperatingSystem = new() { Type = OperatingSystemType.Linux }));
        await cluster.UntilReasonAsync("Stalled", "InvalidSpec");
        Assert.Contains("spec.operatingSystem.address must be given", cluster.Condition("Stalled")!.Message);

        cluster.Edit("n1", Samples.Linux);
        await cluster.UntilReadyAsync();
    }

    [Fact]
    public async Task A_provisioner_that_cannot_be_used_stalls_itself_and_its_nodes()
    {
        await using var cluster = await Cluster.WithOperatorAsync(Samples.Provisioner(change: spec => (spec.Type, spec.Simulated) = (ProvisionerType.Libvirt, null)));
        cluster.Apply(Samples.Node());
        await cluster.UntilReasonAsync("Stalled", "InvalidSpec");
        await cluster.UntilAsync(() => Cluster.Condition(cluster.Provisioner()?.Status?.Conditions, "Stalled")?.Reason == "InvalidSpec", "the Provisioner stalled");
        Assert.Contains("spec.libvirt must be given", cluster.Condition("Stalled")!.Message);
    }

    [Fact]
    public async Task A_provisioner_that_is_deleted_stalls_its_node_and_its_engine_is_disposed_of()
    {
        var hooks = new EngineHooks();
        await using var cluster = await Cluster.WithOperatorAsync(hooks: hooks);
        cluster.Apply(Samples.Node());
        await cluster.UntilReadyAsync();

        cluster.Delete(Cluster.ProvisionerKind, "room");
        await cluster.UntilReasonAsync("Stalled", "ProvisionerNotFound");
        await cluster.UntilAsync(() => hooks.Created == hooks.Disposed, "the engine disposed of");
    }

    [Fact]
    public async Task A_provisioner_that_is_deleted_and_created_again_in_mid_operation_finishes_that_operation()
    {
        await using var cluster = await Cluster.WithOperatorAsync(Samples.Provisioner(load: 180));
        cluster.Apply(Samples.Node());
        await cluster.UntilNodeAsync(node => node.Status?.Operation?.Step is "CreateDisk", "a load in the step CreateDisk");
        var id = cluster.Node()!.Status!.Operation!.Id;

        cluster.Delete(Cluster.ProvisionerKind, "room");
        await cluster.UntilReasonAsync("Stalled", "ProvisionerNotFound");
        cluster.Apply(Samples.Provisioner(load: 180));
        await cluster.HurryAsync(cluster.UntilReadyAsync());

        Assert.Equal(id, Assert.Single(cluster.Node()!.Status!.History).Id);
    }

    [Fact]
    public async Task A_provisioner_that_is_edited_gets_a_new_engine_and_the_node_a_new_look()
    {
        var hooks = new EngineHooks();
        await using var cluster = await Cluster.WithOperatorAsync(hooks: hooks);
        cluster.Apply(Samples.Node());
        await cluster.UntilReadyAsync();
        await cluster.UntilAsync(() => cluster.Provisioner()?.Status is not null, "a look at the Provisioner");
        var (created, looks) = (hooks.Created, hooks.Looks);

        cluster.Apply(Samples.Provisioner(load: 7));
        await cluster.UntilAsync(() => hooks.Created == created + 1 && hooks.Disposed == created && hooks.Looks > looks, "a new engine and a look by it");
        Assert.Equal(1, cluster.Effects().Count(effect => effect == "Load/SwitchDisk"));
    }

    [Fact]
    public async Task A_login_that_is_refused_is_tried_again_when_the_secret_was_changed()
    {
        await using var cluster = await Cluster.WithOperatorAsync();
        cluster.ApplySecret();
        cluster.Apply(Samples.Node(change: Samples.Linux));
        await cluster.UntilReadyAsync();
        cluster.Room.RefuseLogin(Samples.Namespace, "n1", true);
        cluster.Edit("n1", spec => spec.PowerResetToken = "look");
        await cluster.UntilNodeAsync(node => Cluster.Condition(node.Status?.Conditions, "CredentialsValid")?.Status == ConditionStatus.False, "the login refused");

        cluster.Room.RefuseLogin(Samples.Namespace, "n1", false);
        cluster.ApplySecret(password: "another");
        await cluster.UntilReadyAsync();
        Assert.Equal(1, cluster.Effects().Count(effect => effect == "Load/SwitchDisk"));
    }

    [Fact]
    public async Task A_look_that_fails_makes_the_node_unknown_and_nothing_is_done()
    {
        var hooks = new EngineHooks();
        await using var cluster = await Cluster.WithOperatorAsync(Samples.Provisioner(change: spec => spec.Timeouts.ObserveSeconds = 2), hooks);
        cluster.Apply(Samples.Node());
        await cluster.UntilReadyAsync();
        var effects = cluster.Effects();

        hooks.Look = (_, _) => throw new InvalidOperationException("wires cut");
        await cluster.UntilNodeAsync(node => Cluster.Condition(node.Status?.Conditions, "Ready")?.Status == ConditionStatus.Unknown, "unknown");
        Assert.Contains("wires cut", cluster.Condition("Ready")!.Message);
        Assert.NotNull(cluster.Node()!.Status!.ObserveRetry!.NextTime);
        hooks.Look = null;
        await cluster.UntilReadyAsync();

        Assert.Equal(effects, cluster.Effects());
    }

    [Fact]
    public async Task A_look_that_hangs_is_given_up_after_a_minute_of_the_operators_clock()
    {
        var hooks = new EngineHooks { Look = static (_, cancel) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancel) };
        await using var cluster = await Cluster.WithOperatorAsync(hooks: hooks);
        cluster.Apply(Samples.Node());
        await cluster.UntilNodeAsync(node => Cluster.Condition(node.Status?.Conditions, "Ready")?.Status == ConditionStatus.Unknown, "unknown");
        hooks.Look = null;
        await cluster.UntilReadyAsync();
    }
}

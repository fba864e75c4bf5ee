using Microsoft.Extensions.Time.Testing;
using Provisioning.Api;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Simulated;
using Provisioning.Engines.Simulated.Machines;
using Provisioning.Kubernetes;
using Provisioning.Kubernetes.Rest.BuiltIn;
using Provisioning.Operator.Engines;
using Provisioning.Operator.Tests.Support;

namespace Provisioning.Operator.Tests.Engines;

public sealed class EngineRegistryTests
{
    private static readonly NamespacedName Key = new(Samples.Namespace, "room");

    private readonly EngineHooks _hooks = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_same_provisioner_gives_the_same_engine()
    {
        await using var registry = Make();
        var (first, _) = await registry.AcquireAsync(Provisioner(1), Cancel);
        var (second, _) = await registry.AcquireAsync(Provisioner(1), Cancel);
        Assert.Same(first!.Engine, second!.Engine);
        Assert.Equal(first.Version, second.Version);
    }

    [Fact]
    public async Task Changed_settings_give_a_new_engine_and_the_old_one_lives_until_its_last_user_is_done()
    {
        await using var registry = Make();
        var (old, _) = await registry.AcquireAsync(Provisioner(1), Cancel);
        var (other, _) = await registry.AcquireAsync(Provisioner(1), Cancel);
        var (renewed, _) = await registry.AcquireAsync(Provisioner(2), Cancel);
        Assert.NotEqual(old!.Version, renewed!.Version);
        Assert.NotSame(old.Engine, renewed.Engine);

        await old.DisposeAsync();
        Assert.Equal(0, _hooks.Disposed);
        await other!.DisposeAsync();
        Assert.Equal(1, _hooks.Disposed);
    }

    [Fact]
    public async Task A_provisioner_that_was_made_anew_gets_a_new_engine()
    {
        await using var registry = Make();
        var (old, _) = await registry.AcquireAsync(Provisioner(1), Cancel);
        var (renewed, _) = await registry.AcquireAsync(Provisioner(1, uid: "another"), Cancel);
        Assert.NotEqual(old!.Version, renewed!.Version);
    }

    [Fact]
    public async Task A_forgotten_engine_is_disposed_of_once()
    {
        await using var registry = Make();
        var (lease, _) = await registry.AcquireAsync(Provisioner(1), Cancel);
        await registry.ForgetAsync(Key);
        await registry.ForgetAsync(Key);
        Assert.Equal(0, _hooks.Disposed);
        await lease!.DisposeAsync();
        Assert.Equal(1, _hooks.Disposed);
    }

    [Fact]
    public async Task A_type_that_has_no_engine_here_is_named()
    {
        await using var registry = Make();
        var (_, obstacle) = await registry.AcquireAsync(Samples.Provisioner(change: spec => spec.Type = ProvisionerType.Libvirt), Cancel);
        Assert.Equal((Reasons.NotSupported, true), (obstacle!.Reason, obstacle.NeedsPerson));
    }

    [Fact]
    public async Task Many_users_and_many_changes_end_with_every_engine_disposed_of_once()
    {
        var registry = Make();
        await Parallel.ForEachAsync(Enumerable.Range(0, 2000), Cancel, async (i, cancel) =>
        {
            if (i % 7 == 0)
                await registry.ForgetAsync(Key);
            var (lease, _) = await registry.AcquireAsync(Provisioner(i / 50), cancel);
            await Task.Yield();
            await lease!.DisposeAsync();
        });
        await registry.DisposeAsync();

        Assert.Equal(_hooks.Created, _hooks.Disposed);
    }

    private EngineRegistry Make()
    {
        var time = new FakeTimeProvider();
        var secrets = new SecretReader(new ReadingClient<Secret>(_ => Task.FromResult<Secret?>(null)), time);
        return new([new HookedEngineFactory(new SimulatedEngineFactory(new SimulatedMachineRoom(time), time), _hooks)], secrets);
    }

    private static Provisioner Provisioner(long generation, string uid = "uid")
    {
        var provisioner = Samples.Provisioner();
        (provisioner.Metadata.Uid, provisioner.Metadata.Generation) = (uid, generation);
        return provisioner;
    }
}

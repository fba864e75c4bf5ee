using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Conformance;

namespace Provisioning.Engines.Libvirt.Tests.Conformance;

/// <summary>What the scripted world writes for the beginnings of tests is what the verbs leave.</summary>
public sealed class BeginningTests
{
    [Theory]
    [InlineData(OperatingSystemType.Linux)]
    [InlineData(OperatingSystemType.None)]
    public async Task A_machine_that_the_world_begins_is_as_one_that_was_loaded(OperatingSystemType system)
    {
        var cancel = TestContext.Current.CancellationToken;
        IEngineHarness world = new ScriptedWorld(system);
        await using var engine = world.NewEngine();
        var loaded = new Driver(await world.NewNodeAsync("loaded")) { IdPrefix = "loaded-", Timeouts = world.Timeouts, Pass = world.PassAsync, Now = world.Clock.GetUtcNow };
        await loaded.SucceedAsync(loaded.Begin(OperationKind.Load, await world.ImageAsync("base")), engine);
        var begun = await world.NewNodeAsync("begun");
        Assert.True(await world.TryBeginAsync(begun, Beginning.On));
        begun = world.AsRecorded(begun);

        var (one, other) = (await engine.ObserveAsync(loaded.Node, cancel), await engine.ObserveAsync(begun, cancel));

        Assert.Equal(Of(one), Of(other));
        Assert.Equal((loaded.Node.LoadedImage!.Digest, loaded.Node.SshHostKeys.Count), (begun.LoadedImage!.Digest, begun.SshHostKeys.Count));
        var (first, second) = (await world.LookAsync(loaded.Node), await world.LookAsync(begun));
        Assert.Equal((first.On, first.Content), (second.On, second.Content));
        await world.DisposeAsync();
    }

    private static object Of(Observation seen) => new
    {
        seen.Exists, Power = seen.Power.Value, Ssh = seen.Ssh.Value, seen.EngineState, seen.EngineImage, seen.CurrentImage.Found, seen.CurrentImage.RevisionId, Configured = seen.Configured.Value, Tainted = seen.Tainted.Value,
    };
}

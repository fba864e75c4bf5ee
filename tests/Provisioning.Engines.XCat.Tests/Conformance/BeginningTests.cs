using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Conformance;

namespace Provisioning.Engines.XCat.Tests.Conformance;

/// <summary>What the world writes for the beginnings of tests is what the verbs leave.</summary>
public sealed class BeginningTests
{
    [Theory]
    [InlineData("install", OperatingSystemType.Linux)]
    [InlineData("netboot", OperatingSystemType.Linux)]
    [InlineData("partitions", OperatingSystemType.Linux)]
    [InlineData("install", OperatingSystemType.None)]
    public async Task A_machine_that_the_world_begins_is_as_one_that_was_loaded(string style, OperatingSystemType system)
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var world = new XCatWorld(style, system);
        await using var engine = world.NewEngine();
        var loaded = new Driver(await world.NewNodeAsync("loaded")) { IdPrefix = "loaded-", Timeouts = world.Timeouts, Pass = world.PassAsync, Now = world.Clock.GetUtcNow };
        await loaded.SucceedAsync(loaded.Begin(OperationKind.Load, await world.ImageAsync("base")), engine);
        var begun = await world.NewNodeAsync("begun");
        Assert.True(await world.TryBeginAsync(begun, Beginning.On));
        begun = world.AsRecorded(begun);

        var (one, other) = (await engine.ObserveAsync(loaded.Node, cancel), await engine.ObserveAsync(begun, cancel));

        Assert.Equal(Of(one), Of(other));
        Assert.Equal((loaded.Node.LoadedImage!.Digest, loaded.Node.SshHostKeys.Count), (begun.LoadedImage!.Digest, begun.SshHostKeys.Count));
        Assert.Equal((await world.LookAsync(loaded.Node)).Content, (await world.LookAsync(begun)).Content);
        foreach (var attribute in new[] { "power", "currstate", "status", "boots", "provmethod", "os", "profile" })
            Assert.Equal((attribute, world.XCat["loaded", attribute]), (attribute, world.XCat["begun", attribute]));
    }

    private static object Of(Observation seen) => new
    {
        seen.Exists, Power = seen.Power.Value, Ssh = seen.Ssh.Value, seen.EngineState, seen.EngineImage, seen.CurrentImage.Found, seen.CurrentImage.RevisionId, Configured = seen.Configured.Value, Tainted = seen.Tainted.Value,
    };
}

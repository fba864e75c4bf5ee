using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;

namespace Provisioning.Engines.Simulated.Tests;

public sealed class ObserveTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_loaded_linux_machine_answers_every_question()
    {
        var bench = new Bench();
        var seen = await bench.NewEngine().ObserveAsync(await bench.LoadedAsync(), Cancel);

        Assert.All([seen.Exists, seen.Ping, seen.Ssh, seen.Configured, seen.CredentialsAccepted, seen.OperatingSystemCheck], fact => Assert.True(fact.IsYes));
        Assert.True(seen.Tainted.IsNo);
        Assert.Equal(("base", "base@1", "m-1"), (seen.CurrentImage.Name, seen.CurrentImage.RevisionId, seen.CurrentImage.OperationId));
        Assert.Equal(("running", Bench.ImageOf("base").Digest), (seen.EngineState, seen.EngineImage));
        Assert.NotNull(seen.BootId);
        Assert.Equal(bench.Clock.GetUtcNow(), seen.Time);
    }

    [Fact]
    public async Task Without_an_operating_system_the_engines_own_record_answers()
    {
        var bench = new Bench { System = OperatingSystemType.None };
        var seen = await bench.NewEngine().ObserveAsync(await bench.LoadedAsync(), Cancel);

        Assert.Equal((FactValue.Unknown, Reasons.NotProbed), (seen.CurrentImage.Found, seen.CurrentImage.Reason));
        Assert.Equal((FactValue.Unknown, Reasons.NotProbed), (seen.Ssh.Value, seen.Ssh.Reason));
        Assert.Equal((Bench.ImageOf("base").Digest, true), (seen.EngineImage, seen.Configured.IsYes));
    }

    [Fact]
    public async Task A_machine_that_is_off_hides_what_its_system_knows()
    {
        var bench = new Bench();
        var node = await bench.LoadedAsync();
        bench.Room.PowerOff(Bench.Namespace, "m");

        var seen = await bench.NewEngine().ObserveAsync(node, Cancel);

        Assert.All([seen.Ping, seen.Ssh, seen.Configured, seen.Tainted], fact => Assert.Equal((FactValue.Unknown, Reasons.PoweredOff), (fact.Value, fact.Reason)));
        Assert.Equal((PowerValue.Off, Bench.ImageOf("base").Digest, null), (seen.Power.Value, seen.EngineImage, seen.BootId));
    }

    [Fact]
    public async Task A_destroyed_machine_certainly_does_not_exist_and_names_no_image()
    {
        var bench = new Bench();
        var node = await bench.LoadedAsync();
        bench.Room.DestroyMachine(Bench.Namespace, "m");

        var seen = await bench.NewEngine().ObserveAsync(node, Cancel);

        Assert.Equal((FactValue.No, Reasons.MachineMissing, FactValue.No), (seen.Exists.Value, seen.Exists.Reason, seen.CurrentImage.Found));
    }

    [Fact]
    public async Task Marks_and_damages_of_currentimage_are_told_apart()
    {
        var bench = new Bench();
        var node = await bench.LoadedAsync();
        var engine = bench.NewEngine();

        bench.Room.Taint(Bench.Namespace, "m");
        Assert.True((await engine.ObserveAsync(node, Cancel)).Tainted.IsYes);

        bench.Room.CorruptCurrentImage(Bench.Namespace, "m");
        var garbled = await engine.ObserveAsync(node, Cancel);
        Assert.Equal((FactValue.Unknown, Reasons.CurrentImageUnreadable), (garbled.CurrentImage.Found, garbled.CurrentImage.Reason));
        Assert.True(garbled.Tainted.IsUnknown);

        bench.Room.RemoveCurrentImage(Bench.Namespace, "m");
        Assert.Equal((FactValue.No, Reasons.CurrentImageMissing), ((await engine.GetCurrentImageAsync(node, Cancel)).Found, (await engine.GetCurrentImageAsync(node, Cancel)).Reason));
    }

    [Fact]
    public async Task Looking_has_no_effect()
    {
        var bench = new Bench();
        var node = await bench.LoadedAsync();
        var (before, effects) = (bench.Machine(), bench.Room.Effects.Count);
        for (var i = 0; i < 5; i++)
            await bench.NewEngine().ObserveAsync(node, Cancel);
        Assert.Equal((before, effects), (bench.Machine(), bench.Room.Effects.Count));
    }

    [Fact]
    public async Task The_endpoint_says_whether_it_answers()
    {
        var bench = new Bench();
        var engine = bench.NewEngine();
        Assert.True((await engine.ProbeAsync(Cancel)).Reachable.IsYes);

        bench.Room.EndpointReachable = false;

        Assert.Equal(Reasons.HostUnreachable, (await engine.ProbeAsync(Cancel)).Reachable.Reason);
        Assert.True((await engine.ObserveAsync(bench.Node("m"), Cancel)).Exists.IsUnknown);
        Assert.True((await engine.GetImageAsync(Bench.ImageOf("base"), false, Cancel)).Exists.IsUnknown);
        await Assert.ThrowsAsync<SimulatedConnectionException>(() => engine.DeleteImageAsync(Bench.ImageOf("base"), Cancel));
    }

    [Fact]
    public void It_has_every_verb_but_retrieving_images()
    {
        var all = Enum.GetValues<EngineCapabilities>().Aggregate((left, right) => left | right);
        Assert.Equal(all & ~EngineCapabilities.RetrieveImage, new Bench().NewEngine().Capabilities);
    }

    [Fact]
    public void The_factory_serves_the_type_simulated() =>
        Assert.Equal(ProvisionerType.Simulated, new SimulatedEngineFactory(new Bench().Room, TimeProvider.System).Type);
}

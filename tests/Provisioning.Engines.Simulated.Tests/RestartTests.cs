using Provisioning.Api.Machines;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Simulated.Tests;

/// <summary>A restarted operator has an empty room; machines that were recorded as loaded are to have kept running.</summary>
public sealed class RestartTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(LoadState.Loaded, null, true, PowerValue.On)]
    [InlineData(LoadState.Adopted, PowerState.PoweredOn, true, PowerValue.On)]
    [InlineData(LoadState.Loaded, PowerState.PoweredOff, true, PowerValue.Off)]
    [InlineData(LoadState.Loading, null, false, PowerValue.Off)]
    public async Task A_machine_is_there_again_as_it_was_recorded(LoadState state, PowerState? powerState, bool exists, PowerValue power)
    {
        var bench = new Bench();

        var seen = await bench.NewEngine().ObserveAsync(Recorded(bench, state, powerState), Cancel);

        Assert.Equal((exists, power), (seen.Exists.IsYes, seen.Power.Value));
        Assert.Equal(exists ? Bench.ImageOf("base").Digest : null, seen.EngineImage);
        if (power == PowerValue.On)
            Assert.Equal(("base@1", "load-7", true), (seen.CurrentImage.RevisionId, seen.CurrentImage.OperationId, seen.Configured.IsYes));
    }

    [Fact]
    public async Task One_that_was_prepared_for_a_capture_still_is()
    {
        var bench = new Bench();
        var node = Recorded(bench, LoadState.Loaded, null);
        node = node with { LoadedImage = node.LoadedImage! with { PreparedForCapture = "golden@7" } };

        var seen = await bench.NewEngine().ObserveAsync(node, Cancel);

        Assert.Equal(("golden@7", true), (seen.CurrentImage.RevisionId, seen.Configured.IsNo));
    }

    [Fact]
    public async Task Only_the_first_look_recreates_so_a_destroyed_machine_stays_destroyed()
    {
        var bench = new Bench();
        var node = Recorded(bench, LoadState.Loaded, null);
        await bench.NewEngine().ObserveAsync(node, Cancel);
        bench.Room.DestroyMachine(Bench.Namespace, "m");

        Assert.True((await bench.NewEngine().ObserveAsync(node, Cancel)).Exists.IsNo);
    }

    [Fact]
    public async Task A_power_off_that_was_under_way_finds_the_machine_and_ends()
    {
        var bench = new Bench();
        var outcome = await bench.RunAsync(bench.Operation(Recorded(bench, LoadState.Loaded, null), OperationKind.PowerOff));
        Assert.Equal((OperationPhase.Succeeded, PowerValue.Off), (outcome.Phase, bench.Machine().Power));
    }

    [Fact]
    public async Task A_node_without_image_has_a_machine_with_an_empty_disk_that_can_be_switched()
    {
        var bench = new Bench();
        var node = bench.Node("m") with { Spec = new() };

        var seen = await bench.NewEngine().ObserveAsync(node, Cancel);
        await bench.RunAsync(bench.Operation(node, OperationKind.PowerOn));

        Assert.Equal((true, PowerValue.Off, null), (seen.Exists.IsYes, seen.Power.Value, seen.EngineImage));
        Assert.Equal(PowerValue.On, bench.Machine().Power);
        var asksNow = node with { Spec = new() { ImageRef = new LocalReference { Name = "base" } } };
        Assert.True((await bench.NewEngine().ObserveAsync(asksNow, Cancel)).Exists.IsNo);
    }

    private static NodeTarget Recorded(Bench bench, LoadState state, PowerState? powerState)
    {
        var node = bench.Node("m");
        node.Spec.PowerState = powerState;
        return node with
        {
            LoadedImage = new() { Name = "base", Revision = "1", Digest = Bench.ImageOf("base").Digest, OperationId = "load-7", State = state },
        };
    }
}

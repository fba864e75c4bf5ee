using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;

namespace Provisioning.Engines.Conformance;

/// <summary>Nodes of one endpoint do not disturb each other.</summary>
/// <param name="harness">The world.</param>
public abstract class NeighbourSuite(IEngineHarness harness) : ConformanceSuite(harness)
{
    [Fact]
    public async Task Two_machines_driven_at_a_time_live_as_one_alone_does()
    {
        Shows(Routine.Neighbours);
        var engine = NewEngine();
        var (alone, left, right) = (await DriverAsync("alone"), await DriverAsync("left"), await DriverAsync("right"));
        await LiveAsync(alone, engine, "base");

        await Task.WhenAll(LiveAsync(left, engine, "base"), LiveAsync(right, engine, Other));

        Assert.Equal(await EffectsAsync(alone), await EffectsAsync(left));
        Assert.Equal(await EffectsAsync(alone), await EffectsAsync(right));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_is_done_to_one_machine_is_not_done_to_the_other(OperationKind kind)
    {
        if (!Has(kind))
        {
            await AssertNotSupportedAsync(kind, Routine.Of(kind));
            return;
        }

        Shows(Routine.Neighbours);
        var (engine, quiet, busy) = (NewEngine(), await ReadyAsync("quiet"), await ReadyAsync("busy"));
        var (world, seen) = (await Harness.LookAsync(quiet.Node), await engine.ObserveAsync(quiet.Node, Cancel));

        await SucceedAsync(busy, kind);

        Same(world, await Harness.LookAsync(quiet.Node));
        var after = await engine.ObserveAsync(quiet.Node, Cancel);
        Assert.Equal((seen.Exists.Value, seen.Power.Value, seen.EngineImage, seen.BootId), (after.Exists.Value, after.Power.Value, after.EngineImage, after.BootId));
    }

    [Fact]
    public async Task One_machine_that_does_not_answer_hides_nothing_of_the_other()
    {
        if (!Can(WorldFault.Unreachable, Routine.Neighbours))
            return;
        var (engine, well, ill) = (NewEngine(), await ReadyAsync("well"), await ReadyAsync("ill"));
        Observation[] seen;
        await using (await Harness.InjectAsync(WorldFault.Unreachable, ill.Node))
            seen = await Task.WhenAll(engine.ObserveAsync(well.Node, Cancel), engine.ObserveAsync(ill.Node, Cancel), engine.ObserveAsync(well.Node, Cancel));

        Assert.All([seen[0], seen[2]], one => Assert.Equal(FactValue.Yes, one.Exists.Value));
        if (Has(OperationKind.Load))
            Assert.All([seen[0], seen[2]], one => Assert.Equal(FactValue.Yes, one.CurrentImage.Found == FactValue.Yes ? FactValue.Yes : one.Configured.Value));
        Assert.False(seen[1].Exists.IsNo || seen[1].CurrentImage.Found == FactValue.No, $"The silent machine is told to be gone: {seen[1]}");
    }

    private async Task LiveAsync(Driver driver, IProvisioningEngine engine, string image)
    {
        foreach (var kind in new[] { OperationKind.Load, OperationKind.PowerOff, OperationKind.PowerOn, OperationKind.PowerReset })
        {
            if (!Has(kind))
                continue;
            var (operation, before) = (await BeginAsync(driver, kind, image), await Harness.LookAsync(driver.Node));
            var outcome = await driver.SucceedAsync(operation, engine);
            await Endings.AssertEndedAsync(Harness, engine, driver, operation, outcome, before);
        }
    }
}

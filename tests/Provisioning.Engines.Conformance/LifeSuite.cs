using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;

namespace Provisioning.Engines.Conformance;

/// <summary>The whole life of one machine in one test: for counterparts that are real, where every boot takes its time.</summary>
/// <param name="harness">The world.</param>
public abstract class LifeSuite(IEngineHarness harness) : ConformanceSuite(harness)
{
    [Fact]
    public async Task A_machine_lives_from_its_first_load_to_its_end_and_each_verb_is_done_once()
    {
        var (driver, engine) = (await DriverAsync("life"), NewEngine());
        Shows(Routine.NodeStatus);
        Assert.True((await engine.ProbeAsync(Cancel)).Reachable.IsYes);
        Assert.Equal(Traits.MakesMachines ? FactValue.No : FactValue.Yes, (await engine.ObserveAsync(driver.Node, Cancel)).Exists.Value);

        await DoTwiceAsync(driver, OperationKind.Load);
        await AssertImageAsync(driver, "base");
        var stale = await BeginAsync(driver, OperationKind.Load, Other);
        await DoTwiceAsync(driver, OperationKind.PowerReset);
        await DoTwiceAsync(driver, OperationKind.PostLoad);
        await AssertFencedAsync(driver, stale);
        await DoTwiceAsync(driver, OperationKind.PowerOff);
        await DoTwiceAsync(driver, OperationKind.PowerOn);
        await AbandonHalfAsync(driver);
        await DoTwiceAsync(driver, OperationKind.Load, "other", isKilled: true);
        await AssertImageAsync(driver, Other);
        await AssertInUseAsync(Other);
        await DoTwiceAsync(driver, OperationKind.Capture, isKilled: true);
        await DoTwiceAsync(driver, OperationKind.Unload);
        AssertKept();
    }

    /// <summary>Runs a verb, killed after every step if so asked, and then asks for the same operation again.</summary>
    private async Task DoTwiceAsync(Driver driver, OperationKind kind, string image = "base", bool isKilled = false)
    {
        if (!Has(kind))
        {
            Shows(Routine.Of(kind), Results.Verdict.NotSupported);
            Assert.Equal(Reasons.NotSupported, (await NewEngine().CallAsync(await BeginAsync(driver, kind), Cancel)).Reason);
            return;
        }

        Shows(Routine.Of(kind));
        var (operation, before) = (await BeginAsync(driver, kind, Traits.LoadReplaces ? image : "base"), await Harness.LookAsync(driver.Node));
        var killed = new HashSet<string>();
        var outcome = await driver.SucceedAsync(operation, async (context, token) =>
        {
            // The first answer at each step is lost with the operator that asked.
            if (isKilled && killed.Add(context.Operation.Step ?? ""))
            {
                await using var dying = Harness.NewEngine();
                await dying.CallAsync(context with { Operation = context.Operation with { } }, token);
            }

            return await NewEngine().CallAsync(context, token);
        });
        if (isKilled)
            Shows(Routine.Crashes);
        await Endings.AssertEndedAsync(Harness, NewEngine(), driver, operation, outcome, before);
        var after = await Harness.LookAsync(driver.Node);
        Assert.Equal(after.Effects.Skip(before.Effects.Count).Distinct(), after.Effects.Skip(before.Effects.Count));

        await driver.SucceedAsync(operation, NewEngine());
        Same(after, await Harness.LookAsync(driver.Node));
    }

    private async Task AssertImageAsync(Driver driver, string name)
    {
        if (!Has(OperationKind.Load))
            return;
        Shows(Routine.CurrentImage);
        var reading = await NewEngine().GetCurrentImageAsync(driver.Node, Cancel);
        // An engine that asks no system may not be able to tell.
        if (Traits.HasOperatingSystem || reading.Found != FactValue.Unknown)
            Assert.Equal((await Harness.ImageAsync(name)).RevisionId, reading.RevisionId);
    }

    private async Task AssertFencedAsync(Driver driver, Operations.OperationContext stale)
    {
        if (!Has(OperationKind.Load))
            return;
        Shows(Routine.Fencing);
        var before = await Harness.LookAsync(driver.Node);
        Assert.Equal(Reasons.Fenced, (await driver.RunAsync(stale, NewEngine())).Reason);
        Same(before, await Harness.LookAsync(driver.Node));
    }

    private async Task AbandonHalfAsync(Driver driver)
    {
        if (!Has(OperationKind.Load))
            return;
        Shows(Routine.Abandon);
        var half = await LoadHalfAsync(driver, Other);
        Assert.Equal(OperationPhase.Succeeded, (await driver.RunAsync(half, NewEngine().AbandonAsync)).Phase);
    }

    private async Task AssertInUseAsync(string name)
    {
        if (!Has(EngineCapabilities.Images | EngineCapabilities.DeleteImage) || !Traits.RestsOnImages)
            return;
        Shows(Routine.ImageSize);
        Shows(Routine.DeleteImage);
        var (engine, image) = (NewEngine(), await Harness.ImageAsync(name));
        Assert.True((await Endings.GetImageAsync(engine, image, Harness)).Exists.IsYes);
        Assert.True((await engine.GetImageAsync(await Harness.MissingImageAsync("nowhere"), verify: false, Cancel)).Exists.IsNo);
        Assert.Equal(Reasons.ImageInUse, (await engine.DeleteImageAsync(image, Cancel)).Reason);
    }

    private void AssertKept()
    {
        Shows(Routine.Secrets);
        foreach (var secret in Harness.Secrets)
            Assert.DoesNotContain(Harness.Logged, text => text.Contains(secret.Reveal(), StringComparison.Ordinal));
    }
}

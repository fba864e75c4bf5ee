using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;

namespace Provisioning.Engines.Conformance;

/// <summary>An operator that was taken for dead, and others that come too late, stay out. What is given up leaves a machine that can be begun anew.</summary>
/// <param name="harness">The world.</param>
public abstract class FenceSuite(IEngineHarness harness) : ConformanceSuite(harness)
{
    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task An_operation_older_than_what_the_machine_has_seen_is_fenced_off(OperationKind kind)
    {
        if (!Has(kind))
        {
            await AssertNotSupportedAsync(kind, Routine.Of(kind));
            return;
        }

        Shows(Routine.Fencing);
        var (engine, driver) = (NewEngine(), await ReadyAsync("machine"));
        var stale = await BeginAsync(driver, kind, Other);
        await driver.SucceedAsync(await BeginAsync(driver, Newest()), engine);
        var before = await Harness.LookAsync(driver.Node);

        var outcome = await driver.RunAsync(stale, NewEngine());

        // What is already so needs no claim: whoever asks late for power that is on may be told that it is on.
        if (kind != OperationKind.PowerOn || outcome.Phase != OperationPhase.Succeeded)
            Assert.Equal((OperationPhase.Failed, Reasons.Fenced), (outcome.Phase, outcome.Reason));
        Assert.NotEmpty(outcome.Message);
        Same(before, await Harness.LookAsync(driver.Node));
    }

    [Fact]
    public async Task A_newer_load_takes_a_machine_over_from_the_middle_of_an_older_one()
    {
        if (!Has(OperationKind.Load))
        {
            await AssertNotSupportedAsync(OperationKind.Load, Routine.Load);
            return;
        }

        Shows(Routine.Fencing);
        var driver = await DriverAsync("machine");
        var stale = await LoadHalfAsync(driver, Other);
        var (engine, operation, before) = (NewEngine(), await BeginAsync(driver, OperationKind.Load), await Harness.LookAsync(driver.Node));
        var outcome = await driver.SucceedAsync(operation, engine);
        await Endings.AssertEndedAsync(Harness, engine, driver, operation, outcome, before);
        var after = await Harness.LookAsync(driver.Node);

        var late = await NewEngine().CallAsync(stale, Cancel);

        Assert.Equal((OperationPhase.Failed, Reasons.Fenced), (late.Phase, late.Reason));
        Same(after, await Harness.LookAsync(driver.Node));
    }

    [Fact]
    public async Task A_stale_operator_cannot_abandon_what_a_newer_one_does()
    {
        Shows(Routine.Fencing);
        var (engine, driver) = (NewEngine(), await ReadyAsync("machine"));
        var stale = await BeginAsync(driver, Newest(), Other);
        var current = await BeginAsync(driver, Newest());
        if (!Has(Newest()))
        {
            Assert.Equal(OperationPhase.Succeeded, (await engine.AbandonAsync(stale, Cancel)).Phase);
            return;
        }

        var begun = await driver.RecordAsync(current, await engine.CallAsync(current, Cancel));
        await NewEngine().AbandonAsync(stale, Cancel);

        await driver.SucceedAsync(begun, engine);
    }

    [Fact]
    public async Task Abandoning_what_never_began_succeeds_and_does_nothing()
    {
        Shows(Routine.Abandon);
        var driver = await ReadyAsync("machine");
        var operation = await BeginAsync(driver, Newest());
        var before = await Harness.LookAsync(driver.Node);

        await AbandonAsync(driver, operation);

        Same(before, await Harness.LookAsync(driver.Node));
    }

    [Fact]
    public async Task A_Node_that_goes_leaves_the_machine_as_it_is_and_one_of_its_name_can_have_it_again()
    {
        Shows(Routine.Abandon);
        var driver = await ReadyAsync("machine");
        var before = await Harness.LookAsync(driver.Node);

        Assert.Equal(OperationPhase.Succeeded, (await NewEngine().ReleaseAsync(driver.Node, Cancel)).Phase);
        Assert.Equal(OperationPhase.Succeeded, (await NewEngine().ReleaseAsync(driver.Node, Cancel)).Phase);

        Same(before, await Harness.LookAsync(driver.Node));
        driver.Node = driver.Node with { Uid = "uid-again", LoadedImage = null };
        if (Has(OperationKind.Load))
            await LoadAnewAsync(driver);
    }

    [Theory]
    [InlineData(OperationKind.Load)]
    [InlineData(OperationKind.Capture)]
    [InlineData(OperationKind.PowerReset)]
    [InlineData(OperationKind.PowerOff)]
    public async Task Abandoned_at_any_step_an_operation_leaves_a_machine_that_can_be_loaded(OperationKind kind)
    {
        if (!Has(kind))
        {
            await AssertNotSupportedAsync(kind, Routine.Of(kind));
            return;
        }

        Shows(Routine.Abandon);
        var driver = await ReadyAsync("machine");
        var step = Traits.IsCostly ? 3 : 0;
        for (var isDone = false; !isDone && step < 60; step += Traits.IsCostly ? 60 : 1)
        {
            var operation = await BeginAsync(driver, kind, step % 2 == 0 ? Other : "base");
            (operation, isDone) = await CallAsync(driver, operation, step + 1);
            if (isDone)
                break;
            await AbandonAsync(driver, operation);
            // What was done to its end before it was abandoned may say so, if it is true.
            var (engine, world) = (NewEngine(), await Harness.LookAsync(driver.Node));
            var late = await engine.CallAsync(operation, Cancel);
            if (late.Phase == OperationPhase.Succeeded && kind != OperationKind.PowerReset)
                await Endings.AssertEndedAsync(Harness, engine, driver, operation, late, world);
            Same(world, await Harness.LookAsync(driver.Node));
            if (Has(OperationKind.Load))
                await LoadAnewAsync(driver);
        }
    }

    [Fact]
    public async Task Work_that_gets_nowhere_says_so_stays_at_its_step_and_can_be_abandoned()
    {
        if (!Has(OperationKind.Load))
        {
            await AssertNotSupportedAsync(OperationKind.Load, Routine.Load);
            return;
        }

        if (!Can(WorldFault.Stuck, Routine.Abandon))
            return;
        var driver = await DriverAsync("machine");
        var operation = await BeginAsync(driver, OperationKind.Load);
        await using (await Harness.InjectAsync(WorldFault.Stuck))
        {
            var (engine, seen) = (NewEngine(), new List<OperationOutcome>());
            // As many calls as lead to the stuck step, and then some at which nothing may move.
            for (var call = 0; call < 40 && !IsStill(seen); call++)
            {
                seen.Add(await engine.CallAsync(operation, Cancel));
                Assert.True(seen[^1].Phase == OperationPhase.Running, $"Stuck work ended by itself: {seen[^1].Reason} {seen[^1].Message}");
                operation = await driver.RecordAsync(operation, seen[^1]);
                await driver.PassAsync(seen[^1].PollAfter);
            }

            Assert.True(IsStill(seen), $"Stuck work says that it moves: {string.Join("; ", seen.TakeLast(5).Select(outcome => $"{outcome.Step} {outcome.MadeProgress} {outcome.Message}"))}");
            Assert.True(seen[^1].PollAfter > TimeSpan.Zero, "Stuck work is asked for again without a pause.");
            await AbandonAsync(driver, operation);
        }

        await LoadAnewAsync(driver);
    }

    private static bool IsStill(List<OperationOutcome> seen) =>
        seen.Count > 5 && seen.TakeLast(4).All(outcome => !outcome.MadeProgress && outcome.Step == seen[^1].Step && outcome.PollAfter > TimeSpan.Zero);

    private OperationKind Newest() => Has(OperationKind.Load) ? OperationKind.Load : OperationKind.PowerOn;

    private async Task LoadAnewAsync(Driver driver)
    {
        var (engine, operation, before) = (NewEngine(), await BeginAsync(driver, OperationKind.Load), await Harness.LookAsync(driver.Node));
        var outcome = await driver.SucceedAsync(operation, engine);
        await Endings.AssertEndedAsync(Harness, engine, driver, operation, outcome, before);
    }

    /// <summary>Makes so many calls of an operation.</summary>
    private async Task<(OperationContext Operation, bool HasEnded)> CallAsync(Driver driver, OperationContext operation, int calls)
    {
        var engine = NewEngine();
        for (var call = 0; call < calls; call++)
        {
            var outcome = await engine.CallAsync(operation, Cancel);
            operation = await driver.RecordAsync(operation, outcome);
            if (outcome.Phase != OperationPhase.Running)
                return (operation, true);
            await driver.PassAsync(outcome.PollAfter);
        }

        return (operation, false);
    }

    private async Task AbandonAsync(Driver driver, OperationContext operation)
    {
        var outcome = await driver.RunAsync(operation, NewEngine().AbandonAsync);
        Assert.True(outcome.Phase == OperationPhase.Succeeded, $"{operation.Operation.Kind} could not be abandoned: {outcome.Reason} {outcome.Message}");
    }
}

using Provisioning.Api.Nodes;

namespace Provisioning.Engines.Conformance;

/// <summary>Every verb from every beginning to its ending, once and twice; and the verbs that the engine lacks.</summary>
/// <param name="harness">The world.</param>
public abstract class VerbSuite(IEngineHarness harness) : ConformanceSuite(harness)
{
    /// <summary>Every verb from every beginning.</summary>
    public static TheoryData<OperationKind, Beginning> Beginnings
    {
        get
        {
            var data = new TheoryData<OperationKind, Beginning>();
            foreach (var kind in Enum.GetValues<OperationKind>())
            {
                foreach (var beginning in Enum.GetValues<Beginning>())
                    data.Add(kind, beginning);
            }

            return data;
        }
    }

    [Fact]
    public void The_engine_has_the_verbs_that_its_page_promises()
    {
        Shows(Routine.NodeStatus);

        Assert.Equal(Harness.Capabilities, NewEngine().Capabilities);
    }

    [Theory]
    [MemberData(nameof(Beginnings))]
    public async Task A_verb_from_a_beginning_ends_as_it_should(OperationKind kind, Beginning beginning)
    {
        if (!Has(kind))
        {
            await AssertNotSupportedAsync(kind, Routine.Of(kind));
            return;
        }

        if (await BeginningAsync("machine", beginning) is not { } driver)
        {
            Assert.False(beginning == Beginning.Off ? Has(OperationKind.PowerOff) : Has(OperationKind.Load) && Traits.LoadReplaces, $"Nothing leads to {beginning}.");
            return;
        }

        Shows(Routine.Of(kind));
        var (engine, before) = (NewEngine(), await Harness.LookAsync(driver.Node));
        var operation = await BeginAsync(driver, kind);

        var outcome = await driver.RunAsync(operation, engine);

        if (outcome.Phase == OperationPhase.Succeeded)
            await Endings.AssertEndedAsync(Harness, engine, driver, operation, outcome, before);
        else
            Endings.AssertHonestFailure(outcome, before, await Harness.LookAsync(driver.Node));
        Assert.True(outcome.Phase == OperationPhase.Succeeded || !Endings.MustSucceed(kind, beginning, Harness.Capabilities), $"{kind} from {beginning} failed: {outcome.Reason} {outcome.Message}");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task An_operation_asked_for_again_after_its_end_answers_the_same_and_does_nothing(OperationKind kind)
    {
        if (!Has(kind))
        {
            await AssertNotSupportedAsync(kind, Routine.Of(kind));
            return;
        }

        Shows(Routine.Of(kind));
        var driver = await ReadyAsync("machine");
        var operation = await BeginAsync(driver, kind);
        var first = await driver.SucceedAsync(operation, NewEngine());
        var after = await Harness.LookAsync(driver.Node);

        var again = await driver.SucceedAsync(operation, NewEngine());

        Assert.Equal(first.CapturedImage?.Digest, again.CapturedImage?.Digest);
        Same(after, await Harness.LookAsync(driver.Node));
    }

    [Theory]
    [InlineData(OperationKind.PowerOn)]
    [InlineData(OperationKind.PowerOff)]
    [InlineData(OperationKind.Unload)]
    public async Task A_new_operation_for_what_is_already_so_succeeds_and_does_nothing(OperationKind kind)
    {
        if (!Has(kind))
        {
            await AssertNotSupportedAsync(kind, Routine.Of(kind));
            return;
        }

        Shows(Routine.Of(kind));
        var driver = await ReadyAsync("machine");
        await SucceedAsync(driver, kind);
        var after = await Harness.LookAsync(driver.Node);

        await SucceedAsync(driver, kind);

        Same(after, await Harness.LookAsync(driver.Node));
    }

    [Fact]
    public async Task A_second_reset_is_another_reset_and_another_image_another_boot()
    {
        if (!Has(OperationKind.PowerReset))
        {
            await AssertNotSupportedAsync(OperationKind.PowerReset, Routine.PowerReset);
            return;
        }

        Shows(Routine.PowerReset);
        var (engine, driver) = (NewEngine(), await ReadyAsync("machine"));
        var before = (await engine.ObserveAsync(driver.Node, Cancel)).BootId;
        await SucceedAsync(driver, OperationKind.PowerReset);
        var (first, effects) = ((await engine.ObserveAsync(driver.Node, Cancel)).BootId, (await EffectsAsync(driver)).Count);

        await SucceedAsync(driver, OperationKind.PowerReset);

        Assert.True((await EffectsAsync(driver)).Count > effects);
        if (Traits.HasOperatingSystem)
            Assert.Equal(3, new[] { before, first, (await engine.ObserveAsync(driver.Node, Cancel)).BootId }.Distinct().Count());
    }
}

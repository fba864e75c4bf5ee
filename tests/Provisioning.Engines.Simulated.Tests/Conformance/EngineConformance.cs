using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Simulated.Tests.Conformance;

/// <summary>What every engine that can load and switch machines must do. It knows of the engine only what <see cref="IEngineHarness"/> tells.</summary>
public abstract class EngineConformance(IEngineHarness harness) : IAsyncDisposable
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return harness.DisposeAsync();
    }

    [Fact]
    public async Task Load_puts_the_image_on_a_machine_that_did_not_exist()
    {
        var (engine, node, image) = (harness.NewEngine(), harness.Node("fresh"), harness.Image("base"));
        Assert.True((await engine.ObserveAsync(node, Cancel)).Exists.IsNo);

        var outcome = await LoadAsync(engine, node, image);

        var ending = node.Spec.OperatingSystem.Type == OperatingSystemType.None ? "; nothing inside the machine was looked at." : " and configured.";
        Assert.Equal((OperationPhase.Succeeded, $"{image.Name} revision {image.Revision} is loaded{ending}"), (outcome.Phase, outcome.Message));
        var seen = await engine.ObserveAsync(node, Cancel);
        Assert.True(seen.Exists.IsYes);
        Assert.Equal(PowerValue.On, seen.Power.Value);
        Assert.Equal(image.Digest, seen.EngineImage);
        Assert.True(seen.Configured.IsYes);
    }

    [Fact]
    public async Task Loading_again_with_another_image_replaces_it_and_boots_anew()
    {
        var (engine, node) = (harness.NewEngine(), harness.Node("twice"));
        await LoadAsync(engine, node, harness.Image("first"));
        var before = await engine.ObserveAsync(node, Cancel);

        await LoadAsync(engine, node, harness.Image("second"));

        var after = await engine.ObserveAsync(node, Cancel);
        Assert.Equal(harness.Image("second").Digest, after.EngineImage);
        Assert.NotEqual(before.BootId, after.BootId);
    }

    [Theory]
    [InlineData(OperationKind.Load)]
    [InlineData(OperationKind.PowerOn)]
    [InlineData(OperationKind.PowerOff)]
    [InlineData(OperationKind.PowerReset)]
    [InlineData(OperationKind.Unload)]
    public async Task A_verb_called_again_after_its_end_answers_the_same_and_does_nothing(OperationKind kind)
    {
        var (engine, node) = (harness.NewEngine(), harness.Node("repeat"));
        await LoadAsync(engine, node, harness.Image("base"));
        var operation = harness.Operation(node, kind, harness.Image("base"));
        var first = await engine.RunAsync(operation, harness.PassAsync, Cancel);
        var effects = harness.EffectsOf(operation);

        var again = await harness.NewEngine().RunAsync(operation, harness.PassAsync, Cancel);

        Assert.Equal(OperationPhase.Succeeded, first.Phase);
        Assert.Equal(first.Phase, again.Phase);
        Assert.Equal(effects, harness.EffectsOf(operation));
        Assert.Equal(effects.Distinct(), effects);
    }

    [Theory]
    [InlineData(OperationKind.Load)]
    [InlineData(OperationKind.PowerOff)]
    [InlineData(OperationKind.PowerReset)]
    [InlineData(OperationKind.Unload)]
    public async Task An_operation_with_a_lower_number_than_the_machine_has_seen_is_fenced(OperationKind kind)
    {
        var (engine, node) = (harness.NewEngine(), harness.Node("fenced"));
        await LoadAsync(engine, node, harness.Image("base"));
        var old = harness.Operation(node, kind, harness.Image("other"));
        await engine.RunAsync(harness.Operation(node, OperationKind.PowerOn), harness.PassAsync, Cancel);

        var outcome = await engine.RunAsync(old, harness.PassAsync, Cancel);

        Assert.Equal(Reasons.Fenced, outcome.Reason);
        Assert.Empty(harness.EffectsOf(old));
        Assert.Equal(PowerValue.On, (await engine.ObserveAsync(node, Cancel)).Power.Value);
    }

    [Fact]
    public async Task A_reset_boots_the_machine_once()
    {
        var (engine, node) = (harness.NewEngine(), harness.Node("reset"));
        await LoadAsync(engine, node, harness.Image("base"));
        var before = (await engine.ObserveAsync(node, Cancel)).BootId;
        var operation = harness.Operation(node, OperationKind.PowerReset);

        await engine.RunAsync(operation, harness.PassAsync, Cancel);
        var after = (await engine.ObserveAsync(node, Cancel)).BootId;
        await harness.NewEngine().RunAsync(operation, harness.PassAsync, Cancel);

        Assert.NotEqual(before, after);
        Assert.Equal(after, (await engine.ObserveAsync(node, Cancel)).BootId);
    }

    [Fact]
    public async Task A_machine_that_is_off_is_said_to_be_off_and_not_to_be_unlike_what_it_was()
    {
        var (engine, node) = (harness.NewEngine(), harness.Node("off"));
        await LoadAsync(engine, node, harness.Image("base"));

        await engine.RunAsync(harness.Operation(node, OperationKind.PowerOff), harness.PassAsync, Cancel);

        var seen = await engine.ObserveAsync(node, Cancel);
        Assert.Equal(PowerValue.Off, seen.Power.Value);
        Assert.True(seen.Ssh.IsUnknown);
        Assert.NotEqual(FactValue.No, seen.CurrentImage.Found);
    }

    [Fact]
    public async Task Abandoning_what_never_began_succeeds()
    {
        var node = harness.Node("idle");
        var outcome = await harness.NewEngine().AbandonAsync(harness.Operation(node, OperationKind.Load, harness.Image("base")), Cancel);
        Assert.Equal(OperationPhase.Succeeded, outcome.Phase);
    }

    private async Task<OperationOutcome> LoadAsync(IProvisioningEngine engine, NodeTarget node, ImageTarget image) =>
        await engine.RunAsync(harness.Operation(node, OperationKind.Load, image), harness.PassAsync, Cancel);
}

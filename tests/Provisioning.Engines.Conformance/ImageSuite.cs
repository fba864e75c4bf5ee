using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Conformance.Results;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Conformance;

/// <summary>The image library: yes, no and unknown are three answers, and what is used stays.</summary>
/// <param name="harness">The world.</param>
public abstract class ImageSuite(IEngineHarness harness) : ConformanceSuite(harness)
{
    [Fact]
    public async Task An_image_that_is_there_is_there_with_its_size_and_a_missing_one_is_certainly_not()
    {
        var (engine, image) = (NewEngine(), await Harness.ImageAsync("base"));
        if (!Has(EngineCapabilities.Images))
        {
            Shows(Routine.ImageSize, Verdict.NotSupported);
            var unknown = await engine.GetImageAsync(image, verify: false, Cancel);
            Assert.Equal((FactValue.Unknown, Reasons.NotSupported), (unknown.Exists.Value, unknown.Exists.Reason));
            return;
        }

        Shows(Routine.ImageSize);
        var (there, verified) = (await engine.GetImageAsync(image, verify: false, Cancel), await Endings.GetImageAsync(engine, image, Harness));
        var missing = await engine.GetImageAsync(await Harness.MissingImageAsync("nowhere"), verify: false, Cancel);

        Assert.True(there.Exists.IsYes && there.SizeBytes > 0 && there.Path.Length > 0, $"{there}");
        Assert.True(verified.Exists.IsYes, $"{verified}");
        Assert.Equal(there.SizeBytes, verified.SizeBytes);
        Assert.True(missing.Exists.IsNo, $"{missing}");
        Endings.AssertReason(missing.Exists.Reason, missing.Exists.Detail);
    }

    [Theory]
    [MemberData(nameof(AnswerSuite.Faults), MemberType = typeof(AnswerSuite))]
    public async Task An_image_that_cannot_be_looked_up_is_unknown_and_is_not_deleted(WorldFault fault)
    {
        var (engine, image) = (NewEngine(), await Harness.ImageAsync("base"));
        if (!Has(EngineCapabilities.Images))
        {
            Shows(Routine.ImageSize, Verdict.NotSupported);
            Assert.Equal(Reasons.NotSupported, (await engine.GetImageAsync(image, verify: true, Cancel)).Exists.Reason);
            return;
        }

        if ((fault == WorldFault.CredentialsRefused && !Traits.HasEndpointLogin) || !Can(fault, Routine.ImageSize))
            return;
        await using (await Harness.InjectAsync(fault))
        {
            var answer = await engine.GetImageAsync(image, verify: false, Cancel);
            Assert.True(answer.Exists.IsUnknown, $"{fault} makes the image certain: {answer}");
            Endings.AssertReason(answer.Exists.Reason, answer.Exists.Detail);
            if (Has(EngineCapabilities.DeleteImage))
            {
                var outcome = await Calls.PatientlyAsync(() => engine.DeleteImageAsync(image, Cancel));
                Assert.NotEqual(OperationPhase.Succeeded, outcome?.Phase);
            }
        }

        Assert.True((await engine.GetImageAsync(image, verify: false, Cancel)).Exists.IsYes);
    }

    [Fact]
    public async Task An_image_in_use_stays_and_one_that_nothing_uses_goes()
    {
        var (engine, image) = (NewEngine(), await Harness.ImageAsync("base"));
        if (!Has(EngineCapabilities.DeleteImage))
        {
            Shows(Routine.DeleteImage, Verdict.NotSupported);
            var refused = await engine.DeleteImageAsync(image, Cancel);
            Assert.Equal((OperationPhase.Failed, Reasons.NotSupported), (refused.Phase, refused.Reason));
            return;
        }

        Shows(Routine.DeleteImage);
        if (Has(OperationKind.Load))
        {
            var driver = await ReadyAsync("machine");
            if (!Traits.RestsOnImages)
            {
                await AssertUnharmedAsync(driver, engine, image);
                return;
            }

            var kept = await DeleteAsync(engine, image);
            Assert.Equal((OperationPhase.Failed, Reasons.ImageInUse), (kept.Phase, kept.Reason));
            Assert.Contains(image.FileName, kept.Message + image.FileName);
            Assert.True((await engine.GetImageAsync(image, verify: false, Cancel)).Exists.IsYes);
            await LetGoAsync(driver);
        }

        Assert.Equal(OperationPhase.Succeeded, (await DeleteAsync(engine, image)).Phase);
        Assert.True((await engine.GetImageAsync(image, verify: false, Cancel)).Exists.IsNo);
        Assert.Equal(OperationPhase.Succeeded, (await DeleteAsync(NewEngine(), image)).Phase);
    }

    [Fact]
    public async Task An_image_is_fetched_whole_or_not_at_all()
    {
        var (engine, image) = (NewEngine(), await Harness.ImageAsync("base"));
        if (!Has(EngineCapabilities.RetrieveImage))
        {
            Shows(Routine.RetrieveImage, Verdict.NotSupported);
            var refused = await engine.RetrieveImageAsync(image, new MemorySource([1, 2, 3]), Cancel);
            Assert.Equal((OperationPhase.Failed, Reasons.NotSupported), (refused.Phase, refused.Reason));
            return;
        }

        Shows(Routine.RetrieveImage);
        var source = engine.OpenImage(image, await Endings.GetImageAsync(engine, image, Harness), "elsewhere");
        Assert.NotNull(source);
        var bytes = (await source.ReadAsync(0, (int)source.SizeBytes, Cancel)).ToArray();
        Assert.Equal(OperationPhase.Succeeded, (await UntilEndedAsync(() => engine.DeleteImageAsync(image, Cancel))).Phase);
        var wrong = bytes.ToArray();
        wrong[^1] ^= 1;

        var spoilt = await UntilEndedAsync(() => engine.RetrieveImageAsync(image, new MemorySource(wrong), Cancel));
        Assert.Equal((OperationPhase.Failed, Reasons.ImageDigestMismatch), (spoilt.Phase, spoilt.Reason));
        Assert.True((await engine.GetImageAsync(image, verify: false, Cancel)).Exists.IsNo);
        var fetched = await UntilEndedAsync(() => NewEngine().RetrieveImageAsync(image, new MemorySource(bytes), Cancel));

        Assert.True(fetched.Phase == OperationPhase.Succeeded, fetched.Message);
        Assert.True((await Endings.GetImageAsync(engine, image, Harness)).Exists.IsYes);
        Assert.Equal(OperationPhase.Succeeded, (await UntilEndedAsync(() => engine.RetrieveImageAsync(image, new MemorySource([]), Cancel))).Phase);
    }

    [Fact]
    public async Task What_is_captured_can_be_loaded_on_another_machine()
    {
        if (!Has(OperationKind.Capture))
        {
            await AssertNotSupportedAsync(OperationKind.Capture, Routine.Capture);
            return;
        }

        Shows(Routine.Capture);
        var driver = await ReadyAsync("source");
        var capture = driver.Capture("golden", "1");
        var captured = (await driver.SucceedAsync(driver.Begin(OperationKind.Capture, capture: capture), NewEngine())).CapturedImage!;
        var (golden, clone, engine) = (Driver.ImageOf(capture, captured), await DriverAsync("clone"), NewEngine());

        if (Has(OperationKind.Load) && Traits.LoadReplaces)
        {
            var (before, operation) = (await Harness.LookAsync(clone.Node), clone.Begin(OperationKind.Load, golden));
            var outcome = await clone.SucceedAsync(operation, engine);
            await Endings.AssertEndedAsync(Harness, engine, clone, operation, outcome, before);
        }

        var second = await driver.RunAsync(driver.Begin(OperationKind.Capture, capture: capture), NewEngine());
        Assert.True(second.Phase == OperationPhase.Failed ? second.Reason == Reasons.ImageNameTaken : second.CapturedImage!.Digest == captured.Digest, $"A second capture of the same name replaced the first: {second.Reason} {second.Message}");
        if (Has(EngineCapabilities.Images))
            Assert.True((await Endings.GetImageAsync(engine, golden, Harness)).Exists.IsYes);
    }

    private async Task AssertUnharmedAsync(Driver driver, IProvisioningEngine engine, ImageTarget image)
    {
        var before = await Harness.LookAsync(driver.Node);
        Assert.Equal(OperationPhase.Succeeded, (await DeleteAsync(engine, image)).Phase);
        Same(before, await Harness.LookAsync(driver.Node));
        Assert.True((await engine.GetImageAsync(image, verify: false, Cancel)).Exists.IsNo);
    }

    private async Task LetGoAsync(Driver driver)
    {
        if (Has(OperationKind.Unload))
            await SucceedAsync(driver, OperationKind.Unload);
        else
            await SucceedAsync(driver, OperationKind.Load, "other");
    }

    private Task<OperationOutcome> DeleteAsync(IProvisioningEngine engine, ImageTarget image) => UntilEndedAsync(() => engine.DeleteImageAsync(image, Cancel));

    private async Task<OperationOutcome> UntilEndedAsync(Func<Task<OperationOutcome>> work)
    {
        for (var call = 0; ; call++)
        {
            var outcome = await work();
            if (outcome.Phase != OperationPhase.Running || call == 200)
                return outcome;
            await Harness.PassAsync(outcome.PollAfter);
        }
    }

    /// <summary>The library of another Provisioner.</summary>
    private sealed class MemorySource(byte[] bytes) : IImageSource
    {
        public string Name => "elsewhere";

        public long SizeBytes => bytes.Length;

        public Task<ReadOnlyMemory<byte>> ReadAsync(long offset, int count, CancellationToken cancellationToken) =>
            Task.FromResult<ReadOnlyMemory<byte>>(bytes.AsMemory((int)offset, Math.Min(count, bytes.Length - (int)offset)));
    }
}

using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;

namespace Provisioning.Engines.Simulated.Tests;

public sealed class ImageTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_captured_image_can_be_loaded_on_another_machine()
    {
        var bench = new Bench();
        var captured = (await bench.RunAsync(bench.Operation(await bench.LoadedAsync(), OperationKind.Capture))).CapturedImage!;
        var image = Bench.ImageOf(Bench.Capture(), captured);

        var outcome = await bench.RunAsync(bench.Operation(bench.Node("clone"), OperationKind.Load, image));

        Assert.Equal(OperationPhase.Succeeded, outcome.Phase);
        Assert.Equal(captured.Digest, bench.Machine("clone").Disk!.Digest);
        Assert.Matches("^sha256:[0-9a-f]{64}$", captured.Digest);
        var answer = await bench.NewEngine().GetImageAsync(image, verify: true, Cancel);
        Assert.Equal((true, captured.SizeBytes), (answer.Exists.IsYes, answer.SizeBytes));
    }

    [Fact]
    public async Task A_load_of_a_machine_without_a_system_does_not_claim_to_have_configured_it()
    {
        var bench = new Bench { System = OperatingSystemType.None };

        var outcome = await bench.RunAsync(bench.Operation(bench.Node("m"), OperationKind.Load));

        Assert.Equal("base revision 1 is loaded; nothing inside the machine was looked at.", outcome.Message);
    }

    [Fact]
    public async Task Nothing_is_published_before_the_last_step()
    {
        var bench = new Bench(Bench.Timed());
        var operation = bench.Operation(await bench.LoadedAsync(), OperationKind.Capture);
        for (var outcome = await bench.CallAsync(operation); outcome.Phase == OperationPhase.Running; outcome = await bench.CallAsync(operation))
        {
            Assert.Empty(bench.Room.ImageFiles(Bench.Namespace));
            bench.Clock.Advance(outcome.PollAfter);
        }

        Assert.Single(bench.Room.ImageFiles(Bench.Namespace));
    }

    [Fact]
    public async Task Preparing_a_capture_makes_the_machine_name_the_new_image_and_post_load_brings_the_old_back()
    {
        var bench = new Bench();
        var node = await bench.LoadedAsync();
        await bench.RunAsync(bench.Operation(node, OperationKind.Capture));
        Assert.Equal(("golden@7", false), (bench.Machine().CurrentImage!.RevisionId, bench.Machine().CurrentImage!.Configured));

        await bench.RunAsync(bench.Operation(node, OperationKind.PowerOn));
        await bench.RunAsync(bench.Operation(node, OperationKind.PostLoad, Bench.ImageOf("base")));

        var seen = await bench.NewEngine().ObserveAsync(node, Cancel);
        Assert.Equal(("base@1", "m-1", true), (seen.CurrentImage.RevisionId, seen.CurrentImage.OperationId, seen.Configured.IsYes));
    }

    [Fact]
    public async Task A_capture_without_preparation_leaves_the_contents_alone_and_a_machine_that_is_off_asleep()
    {
        var bench = new Bench();
        var node = await bench.LoadedAsync();
        bench.Room.PowerOff(Bench.Namespace, "m");
        var before = bench.Machine();

        await bench.RunAsync(bench.Operation(node, OperationKind.Capture, null, Bench.Capture(CapturePreparation.None)));

        Assert.Equal((before.CurrentImage, before.Boots), (bench.Machine().CurrentImage, bench.Machine().Boots));
    }

    [Fact]
    public async Task A_capture_into_a_taken_name_fails_before_the_machine_is_touched()
    {
        var bench = new Bench();
        var node = await bench.LoadedAsync();
        bench.Room.PutImageFile(Bench.Namespace, "golden-7.qcow2", Bench.ImageOf("x").Digest, 5);
        var before = bench.Machine();

        var outcome = await bench.RunAsync(bench.Operation(node, OperationKind.Capture));

        Assert.Equal((Reasons.ImageNameTaken, FailureKind.NeedsPerson, true), (outcome.Reason, outcome.FailureKind, outcome.MachineUntouched));
        Assert.Equal((before.CurrentImage, PowerValue.On), (bench.Machine().CurrentImage, bench.Machine().Power));
    }

    [Fact]
    public async Task A_name_taken_while_the_capture_ran_is_not_overwritten()
    {
        var bench = new Bench();
        var operation = bench.Operation(await bench.LoadedAsync(), OperationKind.Capture);
        for (var outcome = await bench.CallAsync(operation); outcome.Step != "Publish"; outcome = await bench.CallAsync(operation))
            Assert.Equal(OperationPhase.Running, outcome.Phase);
        bench.Room.PutImageFile(Bench.Namespace, "golden-7.qcow2", Bench.ImageOf("x").Digest, 5);

        Assert.Equal(Reasons.ImageNameTaken, (await bench.CallAsync(operation)).Reason);
        Assert.Equal(Bench.ImageOf("x").Digest, bench.Room.ImageFiles(Bench.Namespace)["golden-7.qcow2"]);
        Assert.Empty(bench.Room.PartialImageFiles(Bench.Namespace));
    }

    [Fact]
    public async Task A_machine_started_and_stopped_while_it_was_copied_gives_no_image()
    {
        var bench = new Bench(Bench.Timed());
        var operation = bench.Operation(await bench.LoadedAsync(), OperationKind.Capture);
        for (var call = 0; call < 200 && bench.Room.PartialImageFiles(Bench.Namespace).Count == 0; call++)
            bench.Clock.Advance((await bench.CallAsync(operation)).PollAfter);
        bench.Room.Boot(Bench.Namespace, "m");
        bench.Room.PowerOff(Bench.Namespace, "m");

        Assert.Equal(Reasons.CommandFailed, (await bench.RunAsync(operation)).Reason);
        Assert.Empty(bench.Room.ImageFiles(Bench.Namespace));
        Assert.Empty(bench.Room.PartialImageFiles(Bench.Namespace));
    }

    [Theory]
    [InlineData(true, Reasons.ImageFileMissing)]
    [InlineData(false, Reasons.ImageDigestMismatch)]
    public async Task A_missing_or_changed_file_is_not_loaded_and_the_machine_stays_as_it_is(bool missing, string reason)
    {
        var bench = new Bench();
        var node = await bench.LoadedAsync();
        var image = Bench.ImageOf("other");
        if (missing)
            bench.Room.RemoveImageFile(Bench.Namespace, image.FileName);
        else
            bench.Room.PutImageFile(Bench.Namespace, image.FileName, Bench.ImageOf("changed").Digest, 5);
        var before = bench.Machine();

        var outcome = await bench.RunAsync(bench.Operation(node, OperationKind.Load, image));

        Assert.Equal((reason, FailureKind.NeedsPerson, true), (outcome.Reason, outcome.FailureKind, outcome.MachineUntouched));
        Assert.Equal(before with { Fence = 2 }, bench.Machine());
        Assert.Equal(reason, (await bench.NewEngine().GetImageAsync(image, verify: false, Cancel)).Exists.Reason);
    }

    [Fact]
    public async Task An_image_in_use_is_not_deleted()
    {
        var bench = new Bench();
        var (node, image, engine) = (await bench.LoadedAsync(), Bench.ImageOf("base"), bench.NewEngine());

        var refused = await engine.DeleteImageAsync(image, Cancel);
        Assert.Equal((OperationPhase.Failed, Reasons.ImageInUse, FailureKind.Retry), (refused.Phase, refused.Reason, refused.FailureKind));
        Assert.Contains("Machine m ", refused.Message, StringComparison.Ordinal);
        Assert.True((await engine.GetImageAsync(image, false, Cancel)).Exists.IsYes);

        await bench.RunAsync(bench.Operation(node, OperationKind.Unload));
        Assert.Equal(OperationPhase.Succeeded, (await engine.DeleteImageAsync(image, Cancel)).Phase);
        Assert.Equal(OperationPhase.Succeeded, (await engine.DeleteImageAsync(image, Cancel)).Phase);
        Assert.Equal(Reasons.ImageFileMissing, (await engine.GetImageAsync(image, false, Cancel)).Exists.Reason);
    }

    [Fact]
    public async Task An_image_whose_load_is_under_way_is_not_deleted()
    {
        var bench = new Bench(Bench.Timed());
        await bench.CallAsync(bench.Operation(bench.Node("m"), OperationKind.Load));
        Assert.Equal(Reasons.ImageInUse, (await bench.NewEngine().DeleteImageAsync(Bench.ImageOf("base"), Cancel)).Reason);
    }

    [Fact]
    public async Task A_file_that_is_not_the_image_is_not_deleted_in_its_name()
    {
        var bench = new Bench();
        bench.Room.PutImageFile(Bench.Namespace, "base.qcow2", Bench.ImageOf("foreign").Digest, 5);
        Assert.Equal(Reasons.ImageDigestMismatch, (await bench.NewEngine().DeleteImageAsync(Bench.ImageOf("base"), Cancel)).Reason);
        Assert.Single(bench.Room.ImageFiles(Bench.Namespace));
    }
}

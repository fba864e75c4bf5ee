using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;
using Provisioning.Operator.Nodes;
using static Provisioning.Operator.Tests.Support.Transitions;

namespace Provisioning.Operator.Tests.Nodes;

public sealed class CaptureTransitionsTests
{
    [Theory]
    [InlineData(ImageFormat.Qcow2, PowerValue.Off)]
    [InlineData(ImageFormat.Configuration, PowerValue.Unknown)]
    public void A_machine_is_off_after_its_capture_and_a_service_goes_on(ImageFormat format, PowerValue power)
    {
        var outcome = OperationOutcome.Succeeded("Done.") with { CapturedImage = new() { Format = format } };
        Assert.Equal(power, OperationTransitions.Succeed(Begin(OperationKind.Capture, new() { Power = PowerValue.Unknown }), outcome, Now).Power);
    }

    [Fact]
    public void A_capture_marks_the_record_before_it_prepares_the_machine_and_post_load_takes_the_mark_off()
    {
        var status = Begin(OperationKind.Capture, new() { LoadedImage = Loaded });
        Assert.Equal("golden@7", status.LoadedImage!.PreparedForCapture);

        var after = OperationTransitions.Succeed(Begin(OperationKind.PostLoad, new() { LoadedImage = status.LoadedImage }), OperationOutcome.Succeeded("Done."), Now);
        Assert.Null(after.LoadedImage!.PreparedForCapture);
    }

    [Fact]
    public void A_capture_that_is_given_up_stays_until_its_end_is_known_and_is_not_tried_again()
    {
        var status = OperationTransitions.Fail(Begin(OperationKind.Capture), Failure with { Reason = Reasons.Superseded, IsUnwanted = true }, Now, 0);
        Assert.Equal((OperationPhase.Failed, Reasons.Superseded), (status.Operation!.Phase, status.Operation.Reason));

        status = OperationTransitions.Settle(status, Now);
        Assert.Equal("Capture Failed Superseded", $"{status.History[0].Kind} {status.History[0].Phase} {status.History[0].Reason}");
        Assert.Equal((null, null), (status.Operation, status.Retry));
    }

    [Fact]
    public void A_capture_that_only_its_machine_says_to_be_given_up_is_tried_again() =>
        Assert.Equal((null, 1), (OperationTransitions.Fail(Begin(OperationKind.Capture), Failure with { Reason = Reasons.Superseded }, Now, 0) is var status ? status.Operation : null, status.Retry!.Attempt));

    [Theory]
    [InlineData(null)]
    [InlineData("earlier@1")]
    public void A_capture_that_did_not_touch_the_machine_restores_the_mark_that_was_there(string? mark)
    {
        var before = Loaded with { PreparedForCapture = mark };
        var status = OperationTransitions.Fail(Begin(OperationKind.Capture, new() { LoadedImage = before }), Failure with { MachineUntouched = true }, Now, 0);
        Assert.Equal(before, status.LoadedImage);

        var superseded = OperationTransitions.Fail(Begin(OperationKind.Capture, new() { LoadedImage = before }), Failure with { Reason = Reasons.Superseded, MachineUntouched = true }, Now, 0);
        Assert.Equal(before, superseded.LoadedImage);
    }

    [Fact]
    public void A_capture_that_touched_the_machine_keeps_the_mark() =>
        Assert.Equal("golden@7", Fail(OperationKind.Capture).PreparedForCapture);

    /// <summary>The second one failed, and whether it had come to prepare the machine nobody knows: the machine reports the one or the other.</summary>
    [Fact]
    public void A_capture_that_failed_keeps_the_marks_of_those_before_it_too()
    {
        var before = Loaded with { PreparedForCapture = "first@1" };
        var failed = OperationTransitions.Fail(Begin(OperationKind.Capture, new() { LoadedImage = before }), Failure, Now, 0).LoadedImage!;
        Assert.Equal("golden@7", failed.PreparedForCapture);
        Assert.Equal(["first@1"], failed.PreparedBefore);

        // One more that fails, and one that does not touch the machine.
        var again = OperationTransitions.Fail(Begin(OperationKind.Capture, new() { LoadedImage = failed }), Failure, Now, 0).LoadedImage!;
        Assert.Equal(["golden@7", "first@1"], again.PreparedBefore);
        var untouched = OperationTransitions.Fail(Begin(OperationKind.Capture, new() { LoadedImage = failed }), Failure with { MachineUntouched = true }, Now, 0).LoadedImage!;
        Assert.Equal("golden@7", untouched.PreparedForCapture);
        Assert.Equal(["first@1"], untouched.PreparedBefore);
    }

    [Fact]
    public void A_capture_that_succeeds_and_a_post_load_leave_no_doubt()
    {
        var doubtful = Loaded with { PreparedForCapture = "second@1", PreparedBefore = ["first@1"] };
        var captured = OperationTransitions.Succeed(Begin(OperationKind.Capture, new() { LoadedImage = doubtful }), OperationOutcome.Succeeded("Done."), Now).LoadedImage!;
        Assert.Equal("golden@7", captured.PreparedForCapture);
        Assert.Null(captured.PreparedBefore);

        var configured = OperationTransitions.Succeed(Begin(OperationKind.PostLoad, new() { LoadedImage = doubtful }), OperationOutcome.Succeeded("Done."), Now).LoadedImage!;
        Assert.Null(configured.PreparedForCapture);
        Assert.Null(configured.PreparedBefore);
    }

    [Fact]
    public void Marks_are_kept_within_what_the_schema_takes()
    {
        var loaded = Loaded;
        for (var i = 0; i < 20; i++)
            loaded = CaptureMarks.Add(loaded, $"golden@{i}");
        Assert.Equal(8, loaded.PreparedBefore!.Count);
        Assert.Equal("golden@18", loaded.PreparedBefore[0]);
    }

    /// <summary>A capture without preparation wrote no identity, so its failure takes none back.</summary>
    [Fact]
    public void A_capture_without_preparation_leaves_the_marks_alone()
    {
        var before = Loaded with { PreparedForCapture = "first@1" };
        var begun = Begin(OperationKind.Capture, new() { LoadedImage = before }, prepares: false);
        Assert.Equal(before, begun.LoadedImage);
        Assert.Equal(before, OperationTransitions.Fail(begun, Failure with { MachineUntouched = true }, Now, 0).LoadedImage);
    }

    [Fact]
    public void Power_is_due_after_a_capture_of_a_machine_that_was_on_until_it_is_on()
    {
        var status = Begin(OperationKind.Capture, new() { LoadedImage = Loaded });
        Assert.True(status.PowerOnDue);
        status = OperationTransitions.Settle(OperationTransitions.Succeed(status, OperationOutcome.Succeeded("Done."), Now), Now);
        status = Begin(OperationKind.PowerOn, status);
        Assert.True(status.PowerOnDue);
        Assert.True(OperationTransitions.Fail(status, Failure, Now, 0).PowerOnDue);
        Assert.False(OperationTransitions.Succeed(status, OperationOutcome.Succeeded("On."), Now).PowerOnDue);
    }

    [Fact]
    public void A_second_capture_does_not_forget_that_power_is_due() =>
        Assert.True(Begin(OperationKind.Capture, new() { LoadedImage = Loaded, PowerOnDue = true }, power: PowerReading.Off).PowerOnDue);
}

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

using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Nodes;
using Provisioning.Operator.Captures;
using Provisioning.Operator.Nodes;
using Provisioning.Operator.Tests.Support;
using static Provisioning.Operator.Tests.Support.Transitions;

namespace Provisioning.Operator.Tests.Captures;

/// <summary>A capture runs once. One that found no space before it did anything has not run: it is Stalled, and begins by itself when there is space.</summary>
public sealed class CaptureWithoutSpaceTests
{
    private static readonly OperationFailure Full = new(Reasons.DiskFull, "The capture needs 100 MiB, and /images on vmhost has 3 MiB left.", NeedsPerson: true, MachineUntouched: true);

    [Fact]
    public void It_is_no_end_of_the_capture_and_is_tried_again_in_ten_minutes()
    {
        var status = OperationTransitions.Fail(Begin(OperationKind.Capture), Full, Now, 0);

        Assert.Null(status.Operation);
        Assert.Equal((Reasons.DiskFull, true, Now.AddMinutes(10)), (status.Retry!.Reason, status.Retry.NeedsPerson, status.Retry.NextTime));
        Assert.Equal((OperationPhase.Failed, Reasons.DiskFull), (status.History[0].Phase, status.History[0].Reason));
    }

    [Fact]
    public void A_disk_that_ran_full_in_the_middle_is_its_end()
    {
        var status = OperationTransitions.Fail(Begin(OperationKind.Capture), Full with { MachineUntouched = false }, Now, 0);

        Assert.Equal((OperationPhase.Failed, Reasons.DiskFull), (status.Operation!.Phase, status.Operation.Reason));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_ImageCapture_is_stalled_meanwhile_and_says_why(bool hasBegun)
    {
        var capture = Capture(hasBegun);
        var node = Samples.Node();
        node.Status = new() { Retry = new() { Goal = "Capture:uid-1|circumstances", Attempt = 1, Reason = Full.Reason, Message = Full.Message, NeedsPerson = true, NextTime = Now } };

        Assert.Equal(new CaptureStep.Stall(Reasons.DiskFull, Full.Message), CaptureRules.Next(capture, node, operation: null, taken: null));
    }

    [Fact]
    public void Between_two_attempts_that_need_nobody_the_ImageCapture_waits_and_has_not_failed()
    {
        var node = Samples.Node();
        node.Status = new() { Retry = new() { Goal = "Capture:uid-1|circumstances", Attempt = 1, Reason = Full.Reason, Message = Full.Message, NextTime = Now } };

        var wait = Assert.IsType<CaptureStep.Wait>(CaptureRules.Next(Capture(hasBegun: true), node, operation: null, taken: null));
        Assert.Equal(Reasons.WaitingToRetry, wait.Reason);
        Assert.EndsWith($"The last attempt failed with {Full.Reason}: {Full.Message}", wait.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_ImageCapture_tells_the_attempts_of_its_Node_until_it_begins()
    {
        var (capture, node) = (Capture(hasBegun: false), Samples.Node());
        node.Status = new() { Retry = new() { Goal = "Capture:uid-1|circumstances", Attempt = 3, NextTime = Now.AddMinutes(5) } };
        var retry = CaptureRules.Retry(capture, node);

        Assert.Equal((3, Now.AddMinutes(5)), (retry!.Attempt, retry.NextTime));
        Assert.Equal(retry, CaptureStatuses.Compose(capture, new CaptureStep.Stall(Reasons.DiskFull, "Full."), null, Now, retry).Retry);
        Assert.Equal(retry, CaptureStatuses.Compose(capture, new CaptureStep.Wait(Reasons.Queued, "Waits."), null, Now, retry).Retry);
        Assert.Null(CaptureStatuses.Compose(capture, new CaptureStep.Follow(), null, Now, retry).Retry);
    }

    [Theory]
    [InlineData("Load:sha256:0|circumstances", 3)]
    [InlineData("Capture:uid-2|circumstances", 3)]
    [InlineData("Capture:uid-1|circumstances", 0)]
    public void Attempts_at_something_else_and_none_at_all_are_no_attempts_of_the_capture(string goal, int attempt)
    {
        var node = Samples.Node();
        node.Status = new() { Retry = new() { Goal = goal, Attempt = attempt, NextTime = Now } };

        Assert.Null(CaptureRules.Retry(Capture(hasBegun: false), node));
        Assert.Null(CaptureRules.Retry(Capture(hasBegun: false), null));
    }

    [Fact]
    public void A_failure_of_something_else_is_none_of_the_capture()
    {
        var node = Samples.Node();
        node.Status = new() { Retry = new() { Goal = "Load:sha256:0|circumstances", Attempt = 1, Reason = Full.Reason, Message = Full.Message, NeedsPerson = true, NextTime = Now } };

        Assert.IsType<CaptureStep.Wait>(CaptureRules.Next(Capture(hasBegun: false), node, operation: null, taken: null));
    }

    private static ImageCapture Capture(bool hasBegun)
    {
        var capture = Samples.Capture();
        capture.Metadata.Uid = "uid-1";
        capture.Status = hasBegun ? new() { StartedTime = Now } : null;
        return capture;
    }
}

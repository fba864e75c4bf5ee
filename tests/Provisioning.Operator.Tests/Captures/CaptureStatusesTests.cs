using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Operator.Captures;
using Provisioning.Operator.Tests.Support;

namespace Provisioning.Operator.Tests.Captures;

public sealed class CaptureStatusesTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 6, 7, 8, 9, 345, TimeSpan.Zero);

    private static readonly CapturedImage Captured = new() { Digest = Samples.Digest("golden"), SizeBytes = 3 << 20, FileName = "golden-1.qcow2" };

    private static readonly OperationStatus Operation = new() { Id = "op-7", Kind = OperationKind.Capture, Step = "Copy", Message = "Copying.", ProgressPercent = 42, StartedTime = Now.AddMinutes(-3) };

    [Fact]
    public void One_that_waits_is_in_progress_and_has_not_begun()
    {
        var status = Compose(new CaptureStep.Wait(Reasons.Queued, "Waiting."));
        Assert.Equal(["Ready False Queued Waiting.", "Reconciling True Queued Waiting."], Conditions(status));
        Assert.Equal((4, null, null), (status.ObservedGeneration, status.StartedTime, status.FinishedTime));
    }

    [Fact]
    public void One_that_cannot_begin_stalls_and_is_not_finished()
    {
        var status = Compose(new CaptureStep.Stall(Reasons.NodeNotFound, "No Node."));
        Assert.Equal(["Ready False NodeNotFound No Node.", "Stalled True NodeNotFound No Node."], Conditions(status));
        Assert.Null(status.FinishedTime);
    }

    [Fact]
    public void One_under_way_shows_its_operation()
    {
        var status = Compose(new CaptureStep.Follow(), Operation);
        Assert.Equal(("op-7", "Copy", 42, Operation.StartedTime), (status.OperationId, status.Step, status.ProgressPercent, status.StartedTime));
        Assert.Equal("Reconciling True OperationRunning Copying.", Conditions(status)[1]);
    }

    [Fact]
    public void One_that_is_done_is_ready_whole_and_finished_in_whole_seconds()
    {
        var status = Compose(new CaptureStep.Complete(Captured), Operation);
        Assert.Equal(["Ready True Captured The Image golden is captured and verified."], Conditions(status));
        Assert.Equal((Captured, "3.0Mi", 100, null), (status.CapturedImage, status.Size, status.ProgressPercent, status.Step));
        Assert.Equal(Now.AddMilliseconds(-345), status.FinishedTime);
    }

    [Fact]
    public void An_unclean_shutdown_is_told() =>
        Assert.Contains("file systems may be unclean", Compose(new CaptureStep.Complete(Captured with { UncleanShutdown = true })).Conditions[0].Message, StringComparison.Ordinal);

    [Fact]
    public void One_that_failed_is_finished_and_keeps_how_far_it_came()
    {
        var status = Compose(new CaptureStep.Fail("DiskFull", "Full."), Operation);
        Assert.Equal(["Ready False DiskFull Full.", "Stalled True DiskFull Full."], Conditions(status));
        Assert.Equal((null, 42, "op-7"), (status.Step, status.ProgressPercent, status.OperationId));
        Assert.NotNull(status.FinishedTime);
    }

    [Fact]
    public void What_its_operation_was_is_kept_when_the_node_no_longer_says()
    {
        var capture = Capture();
        capture.Status = Compose(new CaptureStep.Follow(), Operation);
        var status = CaptureStatuses.Compose(capture, new CaptureStep.Fail(Reasons.Superseded, "Gone."), null, Now);
        Assert.Equal(("op-7", Operation.StartedTime), (status.OperationId, status.StartedTime));
    }

    /// <summary>It is not told to have ended when its Node forgets the attempt, for example because it is given another machine.</summary>
    [Fact]
    public void One_that_waits_for_its_next_attempt_has_not_begun()
    {
        var capture = Capture();
        capture.Status = Compose(new CaptureStep.Follow(), Operation);
        var status = CaptureStatuses.Compose(capture, new CaptureStep.Stall(Reasons.DiskFull, "Full."), null, Now);
        Assert.Equal((null, null, null, null), (status.OperationId, status.StartedTime, status.Step, status.ProgressPercent));
    }

    private static ImageCapture Capture()
    {
        var capture = Samples.Capture();
        capture.Metadata.Generation = 4;
        return capture;
    }

    private static ImageCaptureStatus Compose(CaptureStep step, OperationStatus? operation = null) => CaptureStatuses.Compose(Capture(), step, operation, Now);

    private static List<string> Conditions(ImageCaptureStatus status) => [.. status.Conditions.Select(condition => $"{condition.Type} {condition.Status} {condition.Reason} {condition.Message}")];
}

using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Core.Status;
using Provisioning.Operator.Images;

namespace Provisioning.Operator.Captures;

/// <summary>The status of an ImageCapture. Pure.</summary>
internal static class CaptureStatuses
{
    public static ImageCaptureStatus Compose(ImageCapture capture, CaptureStep step, OperationStatus? operation, DateTimeOffset time, AttemptStatus? retry = null)
    {
        var status = (capture.Status ?? new()) with { ObservedGeneration = capture.Metadata.Generation ?? 0, Retry = step is CaptureStep.Wait or CaptureStep.Stall ? retry : null };
        var set = new ConditionSet(status.Conditions, status.ObservedGeneration, time);
        // One that waits has not begun, or not yet again.
        if (step is CaptureStep.Wait or CaptureStep.Stall)
            status = status with { OperationId = null, StartedTime = null, Step = null, ProgressPercent = null };
        if (operation is not null)
            status = status with { OperationId = operation.Id, StartedTime = operation.StartedTime, Step = operation.Step, ProgressPercent = operation.ProgressPercent };

        switch (step)
        {
            case CaptureStep.Wait wait:
                Set(set, ConditionStatus.False, ConditionTypes.Reconciling, wait.Reason, wait.Message);
                break;
            case CaptureStep.Stall stall:
                Set(set, ConditionStatus.False, ConditionTypes.Stalled, stall.Reason, stall.Message);
                break;
            case CaptureStep.Fail fail:
                status = status with { FinishedTime = ConditionSet.Truncate(time), Step = null };
                Set(set, ConditionStatus.False, ConditionTypes.Stalled, fail.Reason, fail.Message);
                break;
            case CaptureStep.Complete { CapturedImage: var captured }:
                status = status with { FinishedTime = ConditionSet.Truncate(time), Step = null, ProgressPercent = 100, CapturedImage = captured, Size = ImageStatuses.ForPeople(captured.SizeBytes) };
                var unclean = captured.UncleanShutdown ? " The machine had to be switched off hard, so its file systems may be unclean." : "";
                set.Set(ConditionTypes.Ready, ConditionStatus.True, Reasons.Captured, $"The Image {capture.Spec.ImageName} is captured and verified.{unclean}");
                break;
            default:
                Set(set, ConditionStatus.False, ConditionTypes.Reconciling, Reasons.OperationRunning, operation?.Message ?? "The capture is under way.");
                break;
        }

        return status with { Conditions = set.Conditions };
    }

    private static void Set(ConditionSet set, ConditionStatus ready, string also, string reason, string message) =>
        set.Set(ConditionTypes.Ready, ready, reason, message).Set(also, ConditionStatus.True, reason, message);
}

using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Core.Status;
using Provisioning.Operator.Telemetry;

namespace Provisioning.Operator.Captures;

/// <summary>Decides where an ImageCapture stands. Pure.</summary>
internal static class CaptureRules
{
    /// <summary>Decides.</summary>
    /// <param name="capture">The capture, not finished.</param>
    /// <param name="node">Its Node; null if it does not exist.</param>
    /// <param name="operation">The Node's operation, if it is this capture's.</param>
    /// <param name="taken">The Image of the name that the capture is to make, if there is one.</param>
    public static CaptureStep Next(ImageCapture capture, Node? node, OperationStatus? operation, Image? taken)
    {
        if (operation is not null)
            return FromOperation(operation);
        if (node?.Status?.Retry is { Attempt: > 0 } retry && IsOf(retry, capture))
            return BetweenAttempts(retry);
        if (capture.Status?.StartedTime is not null)
            return new CaptureStep.Fail(Reasons.Superseded, $"The capture had begun, but the Node {capture.Spec.NodeRef.Name} was deleted or no longer knows of it. Nothing was published. Create a new ImageCapture.");
        if (taken is not null)
            return new CaptureStep.Stall(Reasons.ImageNameTaken, $"An Image {capture.Spec.ImageName} exists already. Delete it, or create an ImageCapture with another imageName.");
        if (node is null)
            return new CaptureStep.Stall(Reasons.NodeNotFound, $"The Node {capture.Spec.NodeRef.Name} does not exist in namespace {capture.Metadata.Namespace}. Create it, or create an ImageCapture for another Node.");
        if (node.Status?.PendingPlan is { } plan && plan.CaptureName == capture.Metadata.Name)
            return new CaptureStep.Stall(Reasons.PendingApproval, $"The Node {node.Metadata.Name} has the changePolicy Approve, and its plan {plan.Id} is not approved: the capture would shut the machine down. Approve it with kubectl provision approve {node.Metadata.Name} -n {node.Metadata.Namespace} --plan {plan.Id}, or delete the ImageCapture.");
        return node.Spec.ManagementPolicy == ManagementPolicy.Manage
            ? new CaptureStep.Wait(Reasons.Queued, $"Waiting until the Node {node.Metadata.Name} is free.{WhatHoldsUp(node)}")
            : new CaptureStep.Wait(Reasons.ObserveOnly, $"Waiting until managementPolicy of the Node {node.Metadata.Name} is Manage; it is {node.Spec.ManagementPolicy}.");
    }

    /// <summary>
    /// Whether a Node may begin the capture. One that had begun, and that the Node does not know between two attempts, is over: <see cref="Next"/> tells its ImageCapture so, perhaps at this moment. An end is written by
    /// who has seen the beginning in the same cache (a new leader lists the newest), so who begins has seen it too. Not excluded: a Node that was deleted and made anew, while the beginning of the capture was on its way
    /// to the API server, and that was being looked at meanwhile; and a status that somebody else has changed.
    /// </summary>
    public static bool MayBegin(ImageCapture capture, Node node) =>
        capture.Metadata.DeletionTimestamp is null && capture.Status?.FinishedTime is null
        && (capture.Status?.StartedTime is null || (node.Status?.Retry is { Attempt: > 0 } retry && IsOf(retry, capture)));

    /// <summary>The attempts of the Node to begin the capture, and its next one; null if none is due.</summary>
    public static AttemptStatus? Retry(ImageCapture capture, Node? node) =>
        node?.Status?.Retry is { Attempt: > 0, NextTime: { } next } retry && IsOf(retry, capture) ? new() { Attempt = retry.Attempt, NextTime = next } : null;

    /// <summary>The Image that a capture makes.</summary>
    /// <param name="capture">The capture.</param>
    /// <param name="captured">What it came to.</param>
    /// <param name="system">The operating system of the Node that was captured.</param>
    public static Image ToImage(ImageCapture capture, CapturedImage captured, OperatingSystemType system) => new()
    {
        Metadata = new()
        {
            Name = capture.Spec.ImageName,
            Namespace = capture.Metadata.Namespace,
            Annotations = new Dictionary<string, string>
            {
                [ApiGroup.CapturedBy] = capture.Metadata.Name,
                [$"{ApiGroup.Name}/captured-from"] = capture.Spec.NodeRef.Name,
            },
        },
        Spec = new()
        {
            Revision = capture.Spec.Revision,
            Digest = captured.Digest,
            Format = captured.Format,
            FileName = captured.FileName,
            OperatingSystem = system,
            SshHostKeys = captured.SshHostKeys,
            DeletionPolicy = capture.Spec.ImageDeletionPolicy,
            Description = capture.Spec.Description ?? $"Captured from Node {capture.Spec.NodeRef.Name}.",
        },
    };

    /// <summary>An attempt that has failed before it did anything is no end: the Node begins the next one.</summary>
    private static CaptureStep BetweenAttempts(RetryStatus retry) => retry.NeedsPerson
        ? new CaptureStep.Stall(retry.Reason, retry.Message)
        : new CaptureStep.Wait(Reasons.WaitingToRetry, $"The capture is tried again{(retry.NextTime is { } next ? $" at {next:u}" : "")}. The last attempt failed with {retry.Reason}: {retry.Message}");

    /// <summary>A Node that is in trouble, and not just at work, will not be free by waiting.</summary>
    private static string WhatHoldsUp(Node node) => (NodeStates.Find(node.Status?.Conditions ?? [], ConditionTypes.Stalled), NodeStates.Find(node.Status?.Conditions ?? [], ConditionTypes.Ready)) switch
    {
        ({ Status: ConditionStatus.True } stalled, _) => $" It is stalled ({stalled.Reason}): {stalled.Message}",
        (_, { Status: ConditionStatus.Unknown } ready) => $" Its machine cannot be told now ({ready.Reason}): {ready.Message}",
        _ => "",
    };

    private static bool IsOf(RetryStatus retry, ImageCapture capture) => retry.Goal.StartsWith($"{OperationKind.Capture}:{capture.Metadata.Uid}|", StringComparison.Ordinal);

    private static CaptureStep FromOperation(OperationStatus operation) => operation.Phase switch
    {
        OperationPhase.Succeeded when operation.CapturedImage is { } captured => new CaptureStep.Publish(captured),
        OperationPhase.Succeeded => new CaptureStep.Fail(Reasons.InternalError, "The engine reported success without an image."),
        OperationPhase.Failed when operation.Reason == Reasons.Superseded => new CaptureStep.Fail(Reasons.Superseded, $"{operation.Message} Nothing was published. Create a new ImageCapture."),
        OperationPhase.Failed => new CaptureStep.Fail(operation.Reason ?? Reasons.CommandFailed, operation.Message ?? "The capture failed."),
        _ => new CaptureStep.Follow(),
    };
}

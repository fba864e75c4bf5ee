using System.Net;
using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Kubernetes.Caching;
using Provisioning.Kubernetes.Controllers;
using Provisioning.Kubernetes.Events;
using Provisioning.Kubernetes.Rest;
using Provisioning.Operator.Images;
using Provisioning.Operator.Status;

namespace Provisioning.Operator.Captures;

/// <summary>
/// Follows the capture operation that the Node's own controller drives, publishes the Image when it is whole, and tells the end. There is one driver for a
/// machine, so a capture and a load can never meet.
/// </summary>
internal sealed class ImageCaptureController(
    IResourceCache<Node> nodes,
    IResourceCache<Image> images,
    IResourceClient<Image> imageClient,
    StatusWriter<ImageCapture, ImageCaptureSpec, ImageCaptureStatus> writer,
    UnansweredPublications publications,
    IEventRecorder events,
    TimeProvider time) : IEntityController<ImageCapture>
{
    // Nothing is tried then: a change of the Node or of an Image is heard of at once, and this is for one that was not.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(60);

    /// <inheritdoc/>
    public async Task<ReconciliationResult> ReconcileAsync(ImageCapture entity, CancellationToken cancellationToken)
    {
        publications.Work();
        if (entity.Status?.FinishedTime is not null || entity.Metadata.DeletionTimestamp is not null)
            return ReconciliationResult.Done;

        var node = nodes.Get(new(entity.Metadata.Namespace ?? "", entity.Spec.NodeRef.Name));
        var operation = node?.Status?.Operation is { Kind: OperationKind.Capture } running && running.CaptureUid == entity.Metadata.Uid ? running : null;
        var taken = images.Get(new(entity.Metadata.Namespace ?? "", entity.Spec.ImageName));
        var step = CaptureRules.Next(entity, node, operation, taken);

        if (step is CaptureStep.Publish publish)
            step = await PublishAsync(entity, publish.CapturedImage, node!.Spec.OperatingSystem.Type, cancellationToken);
        var status = CaptureStatuses.Compose(entity, step, operation, time.GetUtcNow(), CaptureRules.Retry(entity, node));
        await writer.WriteAsync(entity, status, cancellationToken);
        if (status.FinishedTime is null)
            return ReconciliationResult.After(Interval);

        Tell(entity, step);
        return ReconciliationResult.Done;
    }

    private async Task<CaptureStep> PublishAsync(ImageCapture capture, CapturedImage captured, OperatingSystemType system, CancellationToken cancellationToken)
    {
        var image = CaptureRules.ToImage(capture, captured, system);
        try
        {
            await imageClient.CreateAsync(image, cancellationToken);
        }
        catch (KubernetesApiException exception) when (exception.IsAlreadyExists)
        {
            var existing = await imageClient.GetAsync(new(capture.Metadata.Namespace ?? "", capture.Spec.ImageName), cancellationToken) 
                ?? throw new InvalidOperationException($"The Image {capture.Spec.ImageName} was deleted while it was published; it is created again.", exception);
            if (existing.Spec.Digest != captured.Digest)
                return new CaptureStep.Fail(Reasons.ImageNameTaken, $"The captured image is whole ({captured.FileName}, {captured.Digest}), but meanwhile another Image {capture.Spec.ImageName} was created. Create an Image of another name for the file.");
        }

        catch (Exception exception) when (exception is not KubernetesApiException { StatusCode: < HttpStatusCode.InternalServerError })
        {
            publications.Add(new(capture.Metadata.Namespace ?? "", capture.Spec.ImageName));
            throw;
        }

        return new CaptureStep.Complete(captured);
    }

    private void Tell(ImageCapture capture, CaptureStep step)
    {
        if (step is CaptureStep.Complete { CapturedImage: var captured })
            events.Record(capture, EventType.Normal, Reasons.Captured, "Capture", $"Captured into Image {capture.Spec.ImageName} from Node {capture.Spec.NodeRef.Name} (file {captured.FileName}, {ImageStatuses.ForPeople(captured.SizeBytes)}, {captured.Digest}).");
        else if (step is CaptureStep.Fail fail)
            events.Record(capture, EventType.Warning, fail.Reason, "Capture", fail.Message);
    }
}

using Microsoft.Extensions.Logging;
using Provisioning.Api;
using Provisioning.Api.Images;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Api.Validation;
using Provisioning.Engines;
using Provisioning.Engines.Operations;
using Provisioning.Kubernetes;
using Provisioning.Kubernetes.Caching;
using Provisioning.Kubernetes.Controllers;
using Provisioning.Kubernetes.Events;
using Provisioning.Kubernetes.Finalizers;
using Provisioning.Kubernetes.Rest;
using Provisioning.Operator.Engines;
using Provisioning.Operator.Hosting;
using Provisioning.Operator.Nodes;
using Provisioning.Operator.Status;

namespace Provisioning.Operator.Images;

/// <summary>Deletes the files of a deleted Image where its policy asks for it and no machine uses them; always ends.</summary>
internal sealed partial class ImageDeletion(
    IResourceCache<Provisioner> provisioners,
    IResourceCache<Node> nodes,
    IResourceCache<Image> images,
    EngineRegistry engines,
    IResourceClient<Image> client,
    StatusWriter<Image, ImageSpec, ImageStatus> writer,
    IEventRecorder events,
    TimeProvider time,
    ILogger<ImageDeletion> logger)
{
    /// <summary>Longest time from the request to delete until the Image is let go.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(15);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    /// <summary>Puts the finalizer on an Image whose file is to be deleted with it.</summary>
    public async Task<Image> PrepareAsync(Image image, CancellationToken cancellationToken) =>
        image.Spec.DeletionPolicy == ImageDeletionPolicy.Delete
            ? await client.AddFinalizerAsync(image, ApiGroup.Finalizer, cancellationToken)
            : await client.RemoveFinalizerAsync(image, ApiGroup.Finalizer, cancellationToken) ?? image;

    /// <summary>One attempt to delete the files.</summary>
    public async Task<ReconciliationResult> RunAsync(Image image, CancellationToken cancellationToken)
    {
        if (!await ExistsAsync(image, cancellationToken))
            return ReconciliationResult.Done;
        var problem = image.Spec.DeletionPolicy == ImageDeletionPolicy.Delete ? await DeleteFilesAsync(image, cancellationToken) : null;
        if (problem is not null && time.GetUtcNow() - image.Metadata.DeletionTimestamp < Grace)
        {
            var until = image.Metadata.DeletionTimestamp!.Value + Grace;
            await writer.WriteAsync(image, ImageStatuses.Deleting(image, problem.Reason, $"{problem.Message.TrimEnd('.')}. It is tried until {until:u}.", time.GetUtcNow()), cancellationToken);
            return ReconciliationResult.After(Interval);
        }

        await client.RemoveFinalizerAsync(image, ApiGroup.Finalizer, cancellationToken);
        string?[] left = image.Spec.DeletionPolicy == ImageDeletionPolicy.Delete ? [problem?.Message, AtProvisionersThatAreGone(image)] : [];
        if (string.Join(' ', left.OfType<string>()) is { Length: > 0 } why)
        {
            // A namespace that is being deleted takes no events.
            LogLeftBehind(image.Metadata.Namespace ?? "", image.Metadata.Name, image.Spec.FileName, why);
            events.Record(image, EventType.Warning, Reasons.LeftBehind, "Delete", $"The file {image.Spec.FileName} was left behind: {why}");
        }

        return ReconciliationResult.Done;
    }

    /// <summary>Deletes the copy at one Provisioner. The library refuses while anything there uses it.</summary>
    /// <returns>What was in the way; null if it is gone.</returns>
    public async Task<string?> DeleteCopyAsync(Image image, string provisionerName, CancellationToken cancellationToken)
    {
        if (provisioners.Get(new(image.Metadata.Namespace ?? "", provisionerName)) is not { } provisioner || !await ExistsAsync(image, cancellationToken))
            return null;
        var (lease, obstacle) = await engines.AcquireAsync(provisioner, cancellationToken);
        if (lease is null)
            return obstacle!.Message;
        await using (lease)
            return (await TryDeleteAsync(lease.Engine, image, cancellationToken))?.Message;
    }

    /// <summary>
    /// Asked of the API server, for a watch may be late or silent: an Image that was let go long since is still in the cache then, and the file is perhaps that of another one that was made in its place.
    /// </summary>
    private async Task<bool> ExistsAsync(Image image, CancellationToken cancellationToken) =>
        (await client.GetAsync(NamespacedName.Of(image), cancellationToken))?.Metadata.Uid == image.Metadata.Uid;

    private async Task<Problem?> DeleteFilesAsync(Image image, CancellationToken cancellationToken)
    {
        // Which file is meant, and who uses it, is not certain any more.
        if (SpecValidator.Validate(image) is [var changed, ..])
            return new(Reasons.InvalidSpec, changed);

        var user = nodes.List(image.Metadata.Namespace).FirstOrDefault(node => node.Status?.LoadedImage?.Digest == image.Spec.Digest || node.Status?.Operation?.TargetDigest == image.Spec.Digest);
        if (user is not null)
            return new(Reasons.ImageInUse, $"the Node {user.Metadata.Name} uses it.");
        var other = images.List(image.Metadata.Namespace).FirstOrDefault(other =>
            other.Metadata.Uid != image.Metadata.Uid && other.Metadata.DeletionTimestamp is null && other.Spec.FileName == image.Spec.FileName && other.Spec.Digest == image.Spec.Digest);
        if (other is not null)
            return new(Reasons.ImageInUse, $"the Image {other.Metadata.Name} names the same file.");

        // All of them: one that does not answer must not keep the files of the others.
        var problems = await Task.WhenAll(provisioners.List(image.Metadata.Namespace).OrderBy(provisioner => provisioner.Metadata.Name, StringComparer.Ordinal).Select(provisioner => DeleteAtAsync(provisioner, image, cancellationToken)));
        return problems.OfType<Problem>().ToList() is [var first, ..] all ? first with { Message = string.Join(' ', all.Select(problem => problem.Message)) } : null;
    }

    private async Task<Problem?> DeleteAtAsync(Provisioner provisioner, Image image, CancellationToken cancellationToken)
    {
        try
        {
            var (lease, obstacle) = await engines.AcquireAsync(provisioner, cancellationToken);
            if (lease is null)
                return new(obstacle!.Reason, obstacle.Message);
            await using (lease)
            {
                var problem = lease.Engine.Capabilities.HasFlag(EngineCapabilities.DeleteImage) ? await TryDeleteAsync(lease.Engine, image, cancellationToken) : null;
                return problem is null ? null : problem with { Message = $"Provisioner {provisioner.Metadata.Name}: {problem.Message}" };
            }
        }
        catch (KubernetesApiException refusal)
        {
            return new(Reasons.SecretInvalid, $"Provisioner {provisioner.Metadata.Name}: the API server does not give its Secret: {refusal.Message}");
        }
    }

    /// <summary>Where the file was seen, and nobody can delete it any more.</summary>
    private string? AtProvisionersThatAreGone(Image image)
    {
        var gone = (image.Status?.Locations ?? []).Where(location => provisioners.Get(new(image.Metadata.Namespace ?? "", location.Provisioner)) is null).Select(location => $"{location.Path} at {location.Provisioner}").ToList();
        return gone.Count == 0 ? null : $"The Provisioner was deleted before the Image: {string.Join(", ", gone)}.";
    }

    private async Task<Problem?> TryDeleteAsync(IProvisioningEngine engine, Image image, CancellationToken cancellationToken)
    {
        try
        {
            var outcome = await time.WithinAsync(OperationRunner.CallTimeout, limited => engine.DeleteImageAsync(image.ToTarget(), limited), cancellationToken);
            return outcome.Phase == OperationPhase.Succeeded ? null : new(outcome.Reason ?? Reasons.CommandFailed, outcome.Message);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return new(Reasons.HostUnreachable, exception.Message);
        }
    }

    [LoggerMessage(2040, LogLevel.Warning, "The Image {Namespace}/{Name} was let go, and its file {FileName} was left behind: {Why}")]
    private partial void LogLeftBehind(string @namespace, string name, string fileName, string why);

    private sealed record Problem(string Reason, string Message);
}

using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Provisioning.Api;
using Provisioning.Api.Images;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Api.Validation;
using Provisioning.Core.Status;
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
    UnansweredDeletions unanswered,
    UnansweredPublications publications,
    IResourceClient<Image> client,
    StatusWriter<Image, ImageSpec, ImageStatus> writer,
    IEventRecorder events,
    TimeProvider time,
    Random random,
    ILogger<ImageDeletion> logger)
{
    /// <summary>How long after the request to delete it is tried. Then the Image is let go, or as soon as no command that got no answer can have an effect any more.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(15);

    private static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(1);

    // What was in the way of the last attempt; null: nothing, the files are gone.
    private readonly ConcurrentDictionary<NamespacedName, Problem?> _lastProblems = new();

    /// <summary>Puts the finalizer on an Image whose file is to be deleted with it.</summary>
    public async Task<Image> PrepareAsync(Image image, CancellationToken cancellationToken)
    {
        publications.Work();
        return image.Spec.DeletionPolicy == ImageDeletionPolicy.Delete
            ? await client.AddFinalizerAsync(image, ApiGroup.Finalizer, cancellationToken)
            : await client.RemoveFinalizerAsync(image, ApiGroup.Finalizer, cancellationToken) ?? image;
    }

    /// <summary>One attempt to delete the files.</summary>
    /// <param name="known">The Image as the cache has it. A watch may be late or silent: it may be gone long since, and the file is perhaps that of another one that was made in its place.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<ReconciliationResult> RunAsync(Image known, CancellationToken cancellationToken)
    {
        publications.Work();
        if (await FindAsync(known, cancellationToken) is not { } image)
            return ReconciliationResult.Done;
        var end = image.Metadata.DeletionTimestamp!.Value + Grace;
        var problem = image.Spec.DeletionPolicy == ImageDeletionPolicy.Delete ? WhyNot(image) : null;
        if (image.Spec.DeletionPolicy == ImageDeletionPolicy.Delete && problem is null)
            (image, problem) = await AttemptAsync(image, end, cancellationToken);

        if (WhyWait(image, problem, end) is { } why)
        {
            var status = ImageStatuses.Deleting(image, why.Reason, why.Message, time.GetUtcNow(), random.NextDouble());
            await writer.WriteAsync(image, status, cancellationToken);
            var next = status.Retry!.NextTime < end || time.GetUtcNow() >= end ? status.Retry.NextTime : end;
            return ReconciliationResult.After(next - time.GetUtcNow() is var left && left > ShortestWait ? left : ShortestWait);
        }

        // Told before it goes: whose answer is lost has no Image left of which to tell.
        TellLeftBehind(image, image.Spec.DeletionPolicy == ImageDeletionPolicy.Delete ? [problem?.Message, AtProvisionersThatAreGone(image)] : []);
        await client.RemoveFinalizerAsync(image, ApiGroup.Finalizer, cancellationToken);
        return ReconciliationResult.Done;
    }

    /// <summary>Drops what is remembered of an Image that is gone.</summary>
    public void Forget(NamespacedName image)
    {
        unanswered.Forget(image);
        _lastProblems.TryRemove(image, out _);
    }

    /// <summary>Deletes the copy at one Provisioner. The library refuses while anything there uses it.</summary>
    /// <returns>What was in the way; null if it is gone.</returns>
    public async Task<string?> DeleteCopyAsync(Image image, string provisionerName, CancellationToken cancellationToken)
    {
        if (provisioners.Get(new(image.Metadata.Namespace ?? "", provisionerName)) is not { } provisioner || await FindAsync(image, cancellationToken) is null)
            return null;
        var (lease, obstacle) = await engines.AcquireAsync(provisioner, cancellationToken);
        if (lease is null)
            return obstacle!.Message;
        await using (lease)
            return (await TryDeleteAsync(lease.Engine, image, cancellationToken))?.Message;
    }

    /// <summary>The newest state of an Image; null if it is gone.</summary>
    private async Task<Image?> FindAsync(Image known, CancellationToken cancellationToken) =>
        await client.GetAsync(NamespacedName.Of(known), cancellationToken) is { } image && image.Metadata.Uid == known.Metadata.Uid ? image : null;

    /// <summary>Why nobody may be told to delete the file; null if it may go.</summary>
    private Problem? WhyNot(Image image)
    {
        // Which file is meant, and who uses it, is not certain any more.
        if (SpecValidator.Validate(image) is [var changed, ..])
            return new(Reasons.InvalidSpec, changed);

        var user = nodes.List(image.Metadata.Namespace).FirstOrDefault(node => node.Status?.LoadedImage?.Digest == image.Spec.Digest || node.Status?.Operation?.TargetDigest == image.Spec.Digest);
        if (user is not null)
            return new(Reasons.ImageInUse, $"the Node {user.Metadata.Name} uses it.");
        // Until its end is recorded a capture publishes its Image again when that is missing, and the new one would name a file that is gone.
        var source = nodes.List(image.Metadata.Namespace).FirstOrDefault(node => node.Status?.Operation?.CapturedImage?.Digest == image.Spec.Digest);
        if (source is not null)
            return new(Reasons.ImageInUse, $"the end of the capture that made it, from the Node {source.Metadata.Name}, is not recorded yet.");
        var other = images.List(image.Metadata.Namespace).FirstOrDefault(other =>
            other.Metadata.Uid != image.Metadata.Uid && other.Metadata.DeletionTimestamp is null && other.Spec.FileName == image.Spec.FileName && other.Spec.Digest == image.Spec.Digest);
        return other is null ? null : new(Reasons.ImageInUse, $"the Image {other.Metadata.Name} names the same file.");
    }

    /// <summary>
    /// Has the files deleted, while there is time: who gave commands for ever would never know when the last one can have no effect any more. An operator that comes when the time is over tries it once: perhaps none was there before.
    /// </summary>
    private async Task<(Image Image, Problem? Problem)> AttemptAsync(Image image, DateTimeOffset end, CancellationToken cancellationToken)
    {
        var name = NamespacedName.Of(image);
        if (time.GetUtcNow() >= end && _lastProblems.TryGetValue(name, out var last))
            return (image, last);

        image = await BeginAsync(image, cancellationToken);
        var problem = await DeleteFilesAsync(image, cancellationToken);
        _lastProblems[name] = problem;
        return (image, problem);
    }

    /// <summary>Records that commands are going to be given. Who finds that recorded cannot know what became of those of the operator before it.</summary>
    private async Task<Image> BeginAsync(Image image, CancellationToken cancellationToken)
    {
        if (image.Status?.DeletionBegunTime is not null)
        {
            unanswered.GoOn(NamespacedName.Of(image));
            return image;
        }

        unanswered.Begin(NamespacedName.Of(image));
        return await writer.WriteAsync(image, (image.Status ?? new()) with { DeletionBegunTime = ConditionSet.Truncate(time.GetUtcNow()) }, cancellationToken);
    }

    /// <summary>Why the Image is not let go yet; null if nothing is in the way.</summary>
    private Problem? WhyWait(Image image, Problem? problem, DateTimeOffset end)
    {
        if (time.GetUtcNow() >= end)
        {
            return unanswered.Left(NamespacedName.Of(image)) > TimeSpan.Zero
                ? new(Reasons.HostUnreachable, $"Deleting the file {image.Spec.FileName} is not tried any more, but a command to do so that got no answer may still reach the host. This Image is let go after at most {RecordedVersion.Patience.TotalMinutes:0} minutes.")
                : null;
        }

        if (problem is not null)
            return problem with { Message = $"The file {image.Spec.FileName} cannot be deleted yet: {problem.Message.TrimEnd('.')}. It is tried until {end:u}." };
        if (image.Spec.DeletionPolicy == ImageDeletionPolicy.Delete && publications.Left(image) > TimeSpan.Zero)
            return new(Reasons.Deleting, $"The file {image.Spec.FileName} is deleted, but a request to create this Image may still reach the API server: it got no answer, or the operator that sent it is gone. The Image would come up again, without its file. It is let go after at most {RecordedVersion.Patience.TotalMinutes:0} minutes.");
        return unanswered.Left(NamespacedName.Of(image)) > TimeSpan.Zero
            ? new(Reasons.HostUnreachable, $"The file {image.Spec.FileName} is deleted, but a command to delete it got no answer: it may still reach the host, and would take a file that is put there for a new Image. This Image is let go after at most {RecordedVersion.Patience.TotalMinutes:0} minutes.")
            : null;
    }

    /// <summary>All of them: one that does not answer must not keep the files of the others.</summary>
    private async Task<Problem?> DeleteFilesAsync(Image image, CancellationToken cancellationToken)
    {
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

    private void TellLeftBehind(Image image, IEnumerable<string?> left)
    {
        if (string.Join(' ', left.OfType<string>()) is not { Length: > 0 } why)
            return;

        // A namespace that is being deleted takes no events.
        LogLeftBehind(image.Metadata.Namespace ?? "", image.Metadata.Name, image.Spec.FileName, why);
        events.Record(image, EventType.Warning, Reasons.LeftBehind, "Delete", $"The file {image.Spec.FileName} was left behind: {why}");
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
            if (outcome.Phase == OperationPhase.Succeeded)
                return null;
            if (outcome.NoAnswer is not null)
                unanswered.Add(NamespacedName.Of(image));
            return new(outcome.Reason ?? Reasons.CommandFailed, outcome.Message);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            unanswered.Add(NamespacedName.Of(image));
            return new(Reasons.HostUnreachable, exception.Message);
        }
    }

    [LoggerMessage(2040, LogLevel.Warning, "The Image {Namespace}/{Name} was let go, and its file {FileName} was left behind: {Why}")]
    private partial void LogLeftBehind(string @namespace, string name, string fileName, string why);

    private sealed record Problem(string Reason, string Message);
}

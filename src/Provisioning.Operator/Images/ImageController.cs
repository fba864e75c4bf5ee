using Microsoft.Extensions.Logging;
using Provisioning.Api;
using Provisioning.Api.Images;
using Provisioning.Api.Machines;
using Provisioning.Api.Provisioners;
using Provisioning.Api.Validation;
using Provisioning.Engines;
using Provisioning.Kubernetes;
using Provisioning.Kubernetes.Caching;
using Provisioning.Kubernetes.Controllers;
using Provisioning.Operator.Engines;
using Provisioning.Operator.Hosting;
using Provisioning.Operator.Nodes;
using Provisioning.Operator.Provisioners;
using Provisioning.Operator.Status;

namespace Provisioning.Operator.Images;

/// <summary>Looks where an Image is and whether it is whole: its digest is compared before it counts as there.</summary>
internal sealed partial class ImageController(
    IResourceCache<Provisioner> provisioners,
    EngineRegistry engines,
    ImageDeletion deletion,
    ImageFetches fetches,
    ImageUsers users,
    ImageSightings sightings,
    GoneProvisioners gone,
    StatusWriter<Image, ImageSpec, ImageStatus> writer,
    TimeProvider time,
    Random random,
    ILogger<ImageController> logger) : IEntityController<Image>
{
    private static readonly TimeSpan WhileVerifying = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan WhileMissing = GoneProvisioners.Patience / 2;
    private static readonly TimeSpan WhileInDoubt = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WhileThere = TimeSpan.FromMinutes(10);

    /// <inheritdoc/>
    public async Task<ReconciliationResult> ReconcileAsync(Image entity, CancellationToken cancellationToken)
    {
        if (entity.Metadata.DeletionTimestamp is not null)
        {
            fetches.Set(entity, []);
            return await deletion.RunAsync(entity, cancellationToken);
        }

        entity = await deletion.PrepareAsync(entity, cancellationToken);

        if (SpecValidator.Validate(entity).Count > 0)
        {
            fetches.Set(entity, []);
            await writer.WriteAsync(entity, ImageStatuses.Compose(entity, [], new HashSet<string>(), [], time.GetUtcNow()), cancellationToken);
            return ReconciliationResult.Done;
        }

        // All at once: some that do not answer must not hold up the others.
        // The first answer gives the size, and a simulated library has whatever file it is asked for: real ones speak first.
        var asked = provisioners.List(entity.Metadata.Namespace)
            .OrderBy(p => p.Spec.Type == ProvisionerType.Simulated)
            .ThenBy(p => p.Metadata.Name, StringComparer.Ordinal)
            .Select(p => AskAsync(p, entity, cancellationToken));
        List<LibraryAnswer> answers = [.. (await Task.WhenAll(asked)).OfType<LibraryAnswer>()];
        foreach (var answer in answers)
            sightings.Note(entity, answer);

        fetches.Set(entity, ImageCopies.Missing(answers, users.Wanting(entity)));
        var missing = gone.NotToldOf(entity);
        var status = ImageStatuses.Compose(entity, answers, users.Using(entity), fetches.Of(entity), time.GetUtcNow(), random.NextDouble(), missing);
        await writer.WriteAsync(entity, status, cancellationToken);
        if (ImageCopies.Unneeded(answers, status.Locations, time.GetUtcNow()) is { } unneeded)
            return await DeleteCopyAsync(entity, unneeded, cancellationToken);
        var next = NextLook(answers, status);
        return ReconciliationResult.After(missing.Count > 0 && next > WhileMissing ? WhileMissing : next);
    }

    /// <inheritdoc/>
    public Task OnGoneAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        fetches.Forget(key);
        deletion.Forget(key);
        sightings.Forget(key);
        return Task.CompletedTask;
    }

    private async Task<ReconciliationResult> DeleteCopyAsync(Image image, string provisioner, CancellationToken cancellationToken)
    {
        var problem = await deletion.DeleteCopyAsync(image, provisioner, cancellationToken);
        LogCopyDeleted(image.Metadata.Namespace ?? "", image.Metadata.Name, provisioner, problem ?? "deleted");
        return ReconciliationResult.After(problem is null ? TimeSpan.Zero : WhileThere);
    }

    private async Task<LibraryAnswer?> AskAsync(Provisioner provisioner, Image image, CancellationToken cancellationToken)
    {
        var name = provisioner.Metadata.Name;
        var (lease, obstacle) = await engines.AcquireAsync(provisioner, cancellationToken);
        if (lease is null)
            return new(name, new(Fact.Unknown(obstacle!.Reason, obstacle.Message)));

        await using (lease)
        {
            if (!lease.Engine.Capabilities.HasFlag(EngineCapabilities.Images))
                return null;
            try
            {
                var answer = await time.WithinAsync(NodeGatherer.ObserveTimeout, limited => lease.Engine.GetImageAsync(image.ToTarget(), verify: true, limited), cancellationToken);
                return new(name, answer)
                {
                    Kind = lease.Engine.Capabilities.HasFlag(EngineCapabilities.RetrieveImage) ? provisioner.Spec.Type.ToString() : "",
                    KeepUnused = TimeSpan.FromSeconds(provisioner.Spec.Timeouts.UnusedCopySeconds),
                };
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                return new(name, new(Fact.Unknown(Reasons.HostUnreachable, exception.Message)));
            }
        }
    }

    private TimeSpan NextLook(List<LibraryAnswer> answers, ImageStatus status)
    {
        if (answers.Any(answer => answer.Answer.Exists is { IsUnknown: true, Reason: Reasons.OperationRunning }))
            return WhileVerifying;
        if (status.Retry is { } retry)
            return retry.NextTime - time.GetUtcNow() is var left && left > ShortestWait ? left : ShortestWait;

        // It is there. Whether others have it too is of no weight for its state, and not told there.
        return answers.Any(answer => answer.Answer.Exists.IsUnknown) ? WhileInDoubt : WhileThere;
    }

    [LoggerMessage(2030, LogLevel.Information, "Image {Namespace}/{Image}: its copy at the Provisioner {Provisioner}, which no Node uses any more: {Result}")]
    private partial void LogCopyDeleted(string @namespace, string image, string provisioner, string result);
}

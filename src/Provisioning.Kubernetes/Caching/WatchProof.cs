using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Provisioning.Api.Meta;
using Provisioning.Kubernetes.Rest;

namespace Provisioning.Kubernetes.Caching;

/// <summary>
/// Shows that a cache is current without a list: writes a mark into one object of the kind and waits until the watch brings it. The versions of a kind come in their order, so what was stored before
/// the mark has come before it, whichever API server wrote it and whichever serves the watch. One write; a list costs the API server half a millisecond of processor for every object.
/// </summary>
internal sealed partial class WatchProof<T>(
    IResourceClient<T> client, ResourceDefinition<T> definition, IResourceCache<T> cache, ShownVersions shown, TimeProvider time, Random random, ILogger logger)
    where T : class, IKubernetesEntity
{
    /// <summary>A watch in good order brings the mark within milliseconds, and within two seconds while thousands of objects are written at once. A list takes longer then, too.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Whether the cache is at least as new as this call, and all sinks know of it. If not, or if that cannot be told, false.</summary>
    public async Task<bool> HoldsAsync(CancellationToken cancellationToken)
    {
        if (Carrier() is not { } carrier)
            return false;
        var before = shown.Latest;
        var mark = NewMark();
        using var ends = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, ends.Token);
        try
        {
            var patch = new JsonObject { ["status"] = new JsonObject { ["watchMark"] = mark } };
            var written = await client.PatchAsync(carrier, patch, PatchKind.Merge, "status", either.Token);
            if (Objection(written, mark, before) is { } objection)
            {
                LogUnproved(definition.Resource, carrier, objection);
                return false;
            }

            await shown.UntilAsync(written.Metadata.ResourceVersion!).WaitAsync(either.Token);
            LogProved(definition.Resource, carrier, written.Metadata.ResourceVersion!);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            LogUnproved(definition.Resource, carrier, $"It did not come within {Patience.TotalSeconds:0} s.");
        }
        catch (Exception failure) when (ReflectorRules.IsServersFailure(failure))
        {
            LogUnproved(definition.Resource, carrier, ReflectorRules.Reason(failure));
        }

        return false;
    }

    /// <summary>Always the same object as long as there is it: so one carries a mark, and not more with every leader.</summary>
    private NamespacedName? Carrier() => definition.Marked is not { } marked ? null : cache.List()
        .Where(entity => entity.Metadata.DeletionTimestamp is null && marked(entity) is not null)
        .Select(NamespacedName? (entity) => NamespacedName.Of(entity))
        .OrderBy(key => key!.Value.Namespace, StringComparer.Ordinal)
        .ThenBy(key => key!.Value.Name, StringComparer.Ordinal)
        .FirstOrDefault();

    /// <summary>A write that changed nothing gives a version that may be as old as the object, and proves nothing.</summary>
    private string? Objection(T written, string mark, string? before) => written switch
    {
        _ when definition.Marked!(written)?.WatchMark != mark => "The API server did not keep it: the installed CRD is older than this program.",
        { Metadata.ResourceVersion: not { Length: > 0 } } => "The API server's answer has no version.",
        _ when ResourceVersions.Covers(before, written.Metadata.ResourceVersion) => "The API server gave it a version that is not new: its data may have been set back.",
        _ => null,
    };

    // Never the same twice, whatever the clocks say: the same again would change nothing.
    private string NewMark()
    {
        long number;
        lock (random)
            number = random.NextInt64();
        return string.Create(CultureInfo.InvariantCulture, $"{time.GetUtcNow():yyyy-MM-ddTHH:mm:ssZ} {number:x16}");
    }

    [LoggerMessage(1105, LogLevel.Debug, "The watch of {Resource} is current: it has brought the mark in {Key}, version {Version}")]
    private partial void LogProved(string resource, NamespacedName key, string version);

    [LoggerMessage(1106, LogLevel.Information, "Whether the watch of {Resource} is current could not be told by a mark in {Key}; listing everything anew. {Reason}")]
    private partial void LogUnproved(string resource, NamespacedName key, string reason);
}

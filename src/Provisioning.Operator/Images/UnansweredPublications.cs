using System.Collections.Concurrent;
using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Kubernetes;
using Provisioning.Kubernetes.Caching;
using Provisioning.Operator.Nodes;

namespace Provisioning.Operator.Images;

/// <summary>
/// Requests to create the Image of a capture that may still be on their way to the API server, because no answer came or the operator that sent them is gone. While there may be one, an Image whose file was deleted
/// is not let go: it would come up again, without its file.
/// </summary>
internal sealed class UnansweredPublications(IResourceCache<ImageCapture> captures, TimeProvider time)
{
    private readonly ConcurrentDictionary<NamespacedName, long> _since = new();
    private volatile Beginning? _working;

    /// <summary>This operator works, and none before it does any more. The first call counts.</summary>
    public void Work() => _working ??= new(time.GetTimestamp(), time.GetUtcNow());

    /// <summary>A request got no answer.</summary>
    public void Add(NamespacedName image)
    {
        foreach (var (old, since) in _since)
        {
            if (time.GetElapsedTime(since) >= RecordedVersion.Patience)
                _since.TryRemove(new(old, since));
        }

        _since[image] = time.GetTimestamp();
    }

    /// <summary>How long one may still arrive; zero if none can any more.</summary>
    public TimeSpan Left(Image image)
    {
        var own = _since.TryGetValue(NamespacedName.Of(image), out var since) ? RecordedVersion.Patience - time.GetElapsedTime(since) : TimeSpan.Zero;
        var former = _working is { } working && MayBeOfFormerOperator(image, working) ? RecordedVersion.Patience - time.GetElapsedTime(working.Timestamp) : TimeSpan.Zero;
        return TimeSpan.FromTicks(Math.Max(0, Math.Max(own.Ticks, former.Ticks)));
    }

    /// <summary>A capture that began under this operator was published by nobody else. Of one that is gone it is not known.</summary>
    private bool MayBeOfFormerOperator(Image image, Beginning working) =>
        image.Metadata.Annotations?.TryGetValue(ApiGroup.CapturedBy, out var capture) == true
        && (captures.Get(new(image.Metadata.Namespace ?? "", capture))?.Status?.StartedTime is not { } started || started <= working.Time);

    private sealed record Beginning(long Timestamp, DateTimeOffset Time);
}

using System.Collections.Concurrent;
using Provisioning.Kubernetes;
using Provisioning.Operator.Nodes;

namespace Provisioning.Operator.Images;

/// <summary>
/// Commands to delete a file that may still be on their way to a host, because no answer came or the operator that gave them is gone. While there may be one, the Image is not let go: made again, it would lose
/// the file that somebody puts there for it.
/// </summary>
internal sealed class UnansweredDeletions(TimeProvider time)
{
    // By Image whose deletion this process knows; null: all that it has commanded was answered.
    private readonly ConcurrentDictionary<NamespacedName, long?> _since = new();

    /// <summary>The first command is going to be given.</summary>
    public void Begin(NamespacedName image) => _since.TryAdd(image, null);

    /// <summary>The deletion was begun by somebody, perhaps not by this process: then nobody knows what became of those commands.</summary>
    public void GoOn(NamespacedName image) => _since.TryAdd(image, time.GetTimestamp());

    /// <summary>A command got no answer.</summary>
    public void Add(NamespacedName image) => _since[image] = time.GetTimestamp();

    /// <summary>How long one may still be carried out; zero if none can be any more.</summary>
    public TimeSpan Left(NamespacedName image) =>
        _since.TryGetValue(image, out var known) && known is { } since && RecordedVersion.Patience - time.GetElapsedTime(since) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    /// <summary>The Image is gone.</summary>
    public void Forget(NamespacedName image) => _since.TryRemove(image, out _);
}

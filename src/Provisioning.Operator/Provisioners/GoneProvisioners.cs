using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Provisioning.Api;
using Provisioning.Api.Images;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Kubernetes;
using Provisioning.Kubernetes.Caching;
using Provisioning.Kubernetes.Events;
using Provisioning.Operator.Images;

namespace Provisioning.Operator.Provisioners;

/// <summary>
/// Tells what deleted Provisioners left behind. Nothing holds a Provisioner back from going, so one may go while no operator runs, or the operator may die before it has told. The status of an Image
/// then still says that its file is there; it is kept until this was told.
/// </summary>
internal sealed partial class GoneProvisioners(
    IResourceCache<Provisioner> provisioners, IResourceCache<Node> nodes, IResourceCache<Image> images, ImageSightings sightings, IEventRecorder events, TimeProvider time, ILogger<GoneProvisioners> logger)
{
    /// <summary>How long a Provisioner must be missing that this operator did not see go: news of one that was just made may be late.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private const int MostNames = 10;

    // When they were first found missing; null once it was told.
    private readonly ConcurrentDictionary<NamespacedName, DateTimeOffset?> _missing = new();

    /// <summary>Names of Provisioners that are missing although an Image's status says that they have it, and of which it was not told yet. Tells it when it is time.</summary>
    public IReadOnlySet<string> NotToldOf(Image image)
    {
        var missing = (image.Status?.Locations ?? []).Select(location => new NamespacedName(image.Metadata.Namespace ?? "", location.Provisioner)).Where(key => provisioners.Get(key) is null);
        return missing.Where(key => !IsTold(key)).Select(key => key.Name).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>A Provisioner is gone: who depended on it is told what that means, once.</summary>
    public void Tell(NamespacedName key)
    {
        // Taken by whoever comes first: the end of the Provisioner itself, or an Image that misses it.
        if (_missing.TryGetValue(key, out var since) ? since is null || !_missing.TryUpdate(key, null, since) : !_missing.TryAdd(key, null))
            return;
        if (LeftBehind(key) is not { } left)
            return;
        LogLeftBehind(key.Namespace, key.Name, left);
        events.Record(new Provisioner { Metadata = new() { Name = key.Name, Namespace = key.Namespace } }, EventType.Warning, Reasons.LeftBehind, "Delete", left);
    }

    /// <summary>A Provisioner of this name is there, perhaps again.</summary>
    public void Forget(NamespacedName key) => _missing.TryRemove(key, out _);

    private bool IsTold(NamespacedName key)
    {
        var now = time.GetUtcNow();
        if (_missing.GetOrAdd(key, now) is { } since && now - since >= Patience)
            Tell(key);
        return _missing.TryGetValue(key, out var state) && state is null;
    }

    private string? LeftBehind(NamespacedName key)
    {
        var machines = nodes.ByIndex(Resources.ByProvisioner, $"{key.Namespace}/{key.Name}").Select(node => node.Metadata.Name).Order(StringComparer.Ordinal).ToList();
        // An operator that has just begun to lead has not looked for itself.
        var told = images.List(key.Namespace).Where(image => image.Status?.Locations.Any(location => location.Provisioner == key.Name) == true).Select(image => image.Spec.FileName);
        var files = sightings.Take(key).Union(told).Order(StringComparer.Ordinal).ToList();
        string?[] left = [Some("Its machines stay as they are; these Nodes still name it:", machines), Some("Files of these images stay in its image directory:", files)];
        return string.Join(' ', left.OfType<string>()) is { Length: > 0 } said ? said : null;
    }

    private static string? Some(string what, List<string> names) => names.Count == 0
        ? null
        : $"{what} {string.Join(", ", names.Take(MostNames))}{(names.Count > MostNames ? $" and {names.Count - MostNames} more" : "")}.";

    [LoggerMessage(2041, LogLevel.Warning, "The Provisioner {Namespace}/{Name} is gone, and something was left behind. {LeftBehind}")]
    private partial void LogLeftBehind(string @namespace, string name, string leftBehind);
}

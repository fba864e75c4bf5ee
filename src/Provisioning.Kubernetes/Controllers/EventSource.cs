using Provisioning.Api.Meta;
using Provisioning.Kubernetes.Caching;
using Provisioning.Kubernetes.Queueing;

namespace Provisioning.Kubernetes.Controllers;

/// <summary>Turns changes of one kind into keys on the queue of a controller.</summary>
/// <typeparam name="TWatched">The kind whose changes are seen.</typeparam>
internal sealed class EventSource<TWatched>(
    WorkQueue<NamespacedName> queue,
    Func<TWatched, IEnumerable<NamespacedName>> map,
    Func<ResourceEvent<TWatched>, bool>? predicate) : IResourceEventSink<TWatched>
    where TWatched : class, IKubernetesEntity
{
    public void OnEvent(in ResourceEvent<TWatched> resourceEvent)
    {
        if (predicate?.Invoke(resourceEvent) == false)
            return;
        var priority = resourceEvent.IsInitialList || IsUnchanged(resourceEvent) ? QueuePriority.Low : QueuePriority.Normal;
        foreach (var key in map(resourceEvent.Entity))
            queue.Add(key, priority);

        // An object that pointed to another one before: that one has to let go of it.
        if (resourceEvent is { Kind: ResourceEventKind.Updated, Previous: { } previous })
        {
            foreach (var key in map(previous))
                queue.Add(key, priority);
        }
    }

    private static bool IsUnchanged(in ResourceEvent<TWatched> resourceEvent) =>
        resourceEvent is { Kind: ResourceEventKind.Updated, Previous: { } previous }
        && previous.Metadata.ResourceVersion == resourceEvent.Entity.Metadata.ResourceVersion;
}

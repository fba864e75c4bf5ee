using Provisioning.Api.Meta;
using Provisioning.Kubernetes.Caching;

namespace Provisioning.Kubernetes.Controllers;

/// <summary>
/// Which changes ask for a reconcile. Without one, all do: that is right for a controller whose own status write is what makes its next step
/// possible.
/// </summary>
public static class Predicates
{
    /// <summary>The spec changed, or the deletion was asked for; also every object that is new or gone. Hides changes of status, labels and annotations.</summary>
    public static bool GenerationChanged<T>(ResourceEvent<T> resourceEvent)
        where T : class, IKubernetesEntity =>
        resourceEvent.Kind == ResourceEventKind.Deleted
        || resourceEvent.Previous is not { } previous
        || previous.Metadata.Generation != resourceEvent.Entity.Metadata.Generation
        || previous.Metadata.Uid != resourceEvent.Entity.Metadata.Uid;

    /// <summary>Anything changed; also every object that is new or gone. Hides what comes from listing the same again.</summary>
    public static bool ResourceVersionChanged<T>(ResourceEvent<T> resourceEvent)
        where T : class, IKubernetesEntity =>
        resourceEvent.Kind == ResourceEventKind.Deleted
        || resourceEvent.Previous is not { } previous
        || previous.Metadata.ResourceVersion != resourceEvent.Entity.Metadata.ResourceVersion;
}

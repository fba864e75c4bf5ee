using Provisioning.Api.Meta;

namespace Provisioning.Kubernetes.Controllers;

/// <summary>Finds owners by the references in a dependent object.</summary>
internal static class Owners
{
    /// <summary>The owners of a kind; they are in the namespace of the dependent.</summary>
    /// <param name="dependent">The dependent object.</param>
    /// <param name="group">API group of the owner; its version does not count, since an object is reachable by all of them.</param>
    /// <param name="kind">Kind of the owner.</param>
    public static IEnumerable<NamespacedName> Of(IKubernetesEntity dependent, string group, string kind) =>
        (dependent.Metadata.OwnerReferences ?? [])
            .Where(owner => owner.Kind == kind && GroupOf(owner.ApiVersion) == group)
            .Select(owner => new NamespacedName(dependent.Metadata.Namespace ?? "", owner.Name));

    private static string GroupOf(string apiVersion) => apiVersion.IndexOf('/') is >= 0 and var slash ? apiVersion[..slash] : "";
}

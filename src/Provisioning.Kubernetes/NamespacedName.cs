using Provisioning.Api.Meta;

namespace Provisioning.Kubernetes;

/// <summary>Identity of an object of a kind: what queues and caches are keyed by.</summary>
/// <param name="Namespace">Namespace; empty for cluster-scoped objects.</param>
/// <param name="Name">Name.</param>
public readonly record struct NamespacedName(string Namespace, string Name)
{
    /// <summary>The identity of an object.</summary>
    public static NamespacedName Of(IKubernetesEntity entity) => new(entity.Metadata.Namespace ?? "", entity.Metadata.Name);

    /// <inheritdoc/>
    public override string ToString() => Namespace.Length == 0 ? Name : $"{Namespace}/{Name}";
}

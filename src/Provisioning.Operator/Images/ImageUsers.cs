using Provisioning.Api.Images;
using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;
using Provisioning.Kubernetes.Caching;

namespace Provisioning.Operator.Images;

/// <summary>Which Provisioners' Nodes use an Image.</summary>
internal sealed class ImageUsers(IResourceCache<Node> nodes)
{
    /// <summary>Provisioners with Nodes that want the image on their machines.</summary>
    public IReadOnlySet<string> Wanting(Image image) => nodes
        .ByIndex(Resources.ByImage, $"{image.Metadata.Namespace}/{image.Metadata.Name}")
        .Where(node => node.Metadata.DeletionTimestamp is null && node.Spec.ManagementPolicy == ManagementPolicy.Manage)
        .Select(node => node.Spec.ProvisionerRef.Name)
        .ToHashSet();

    /// <summary>Provisioners with Nodes that want it, have it, or are at work with it.</summary>
    public IReadOnlySet<string> Using(Image image) => nodes
        .List(image.Metadata.Namespace)
        .Where(node => node.Spec.ImageRef?.Name == image.Metadata.Name || node.Status?.LoadedImage?.Digest == image.Spec.Digest || node.Status?.Operation?.TargetDigest == image.Spec.Digest)
        .SelectMany(node => new[] { node.Spec.ProvisionerRef.Name, NodeSituation.ProvisionerOf(node) })
        .ToHashSet();
}

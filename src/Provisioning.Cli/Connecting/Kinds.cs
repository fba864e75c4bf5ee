using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Kubernetes;

namespace Provisioning.Cli.Connecting;

/// <summary>The kinds of this product as the API server knows them.</summary>
internal static class Kinds
{
    public static readonly ResourceDefinition<Node> Nodes = new(ApiGroup.Name, ApiGroup.Version, "Node", "nodes", ApiJsonContext.Default.Node);

    public static readonly ResourceDefinition<Image> Images = new(ApiGroup.Name, ApiGroup.Version, "Image", "images", ApiJsonContext.Default.Image);

    public static readonly ResourceDefinition<ImageCapture> ImageCaptures = new(ApiGroup.Name, ApiGroup.Version, "ImageCapture", "imagecaptures", ApiJsonContext.Default.ImageCapture);

    public static readonly ResourceDefinition<Provisioner> Provisioners = new(ApiGroup.Name, ApiGroup.Version, "Provisioner", "provisioners", ApiJsonContext.Default.Provisioner);
}

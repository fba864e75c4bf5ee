using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Kubernetes;
using Provisioning.Kubernetes.Caching;

namespace Provisioning.Operator;

/// <summary>The kinds of this product as the API server knows them.</summary>
public static class Resources
{
    /// <summary>nodes.provisioning.dev.</summary>
    public static readonly ResourceDefinition<Node> Nodes = new(ApiGroup.Name, ApiGroup.Version, "Node", "nodes", SharedTextConverter.Share(ApiJsonContext.Default.Node)) { Marked = node => node.Status };

    /// <summary>images.provisioning.dev.</summary>
    public static readonly ResourceDefinition<Image> Images = new(ApiGroup.Name, ApiGroup.Version, "Image", "images", SharedTextConverter.Share(ApiJsonContext.Default.Image));

    /// <summary>imagecaptures.provisioning.dev.</summary>
    public static readonly ResourceDefinition<ImageCapture> ImageCaptures = new(ApiGroup.Name, ApiGroup.Version, "ImageCapture", "imagecaptures", SharedTextConverter.Share(ApiJsonContext.Default.ImageCapture));

    /// <summary>provisioners.provisioning.dev.</summary>
    public static readonly ResourceDefinition<Provisioner> Provisioners = new(ApiGroup.Name, ApiGroup.Version, "Provisioner", "provisioners", SharedTextConverter.Share(ApiJsonContext.Default.Provisioner));

    /// <summary>Index of Nodes by the name of their Provisioner, and that of their operation under way, prefixed by namespace and a slash.</summary>
    public const string ByProvisioner = nameof(ByProvisioner);

    /// <summary>Index of Nodes by the name of their desired Image, prefixed by namespace and a slash.</summary>
    public const string ByImage = nameof(ByImage);

    /// <summary>Index of ImageCaptures by the name of their Node, prefixed by namespace and a slash.</summary>
    public const string ByNode = nameof(ByNode);
}

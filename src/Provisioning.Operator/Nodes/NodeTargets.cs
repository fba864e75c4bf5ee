using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Targets;

namespace Provisioning.Operator.Nodes;

/// <summary>Turns API objects into what engines take.</summary>
internal static class NodeTargets
{
    public static NodeTarget ToTarget(this Node node, Image? image, Credentials? credentials) => new()
    {
        Namespace = node.Metadata.Namespace ?? "",
        Name = node.Metadata.Name,
        Uid = node.Metadata.Uid ?? "",
        Spec = node.Spec,
        LoadedImage = node.Status?.LoadedImage,
        LastPower = node.Status?.Power,
        DesiredImage = image?.ToTarget(),
        SshHostKeys = [.. node.Status?.SshHostKeys ?? []],
        Credentials = credentials,
    };

    public static ImageTarget ToTarget(this Image image) => new()
    {
        Name = image.Metadata.Name,
        Revision = image.Spec.Revision,
        Digest = image.Spec.Digest,
        Format = image.Spec.Format,
        FileName = image.Spec.FileName,
        SshHostKeys = [.. image.Spec.SshHostKeys],
    };

    public static OperationImage ToFile(this Image image) => new() { Format = image.Spec.Format, FileName = image.Spec.FileName, SshHostKeys = image.Spec.SshHostKeys };

    /// <summary>The image of an operation as it was when that began; null if it has none.</summary>
    public static ImageTarget? ToImageTarget(this OperationStatus operation) => operation.Image is not { } file ? null : new()
    {
        Name = operation.Target ?? "",
        Revision = operation.TargetRevision ?? "",
        Digest = operation.TargetDigest ?? "",
        Format = file.Format,
        FileName = file.FileName,
        SshHostKeys = [.. file.SshHostKeys],
    };

    public static CaptureTarget ToTarget(this ImageCapture capture) => new()
    {
        ImageName = capture.Spec.ImageName,
        Revision = capture.Spec.Revision,
        Preparation = capture.Spec.Preparation,
        UncleanShutdown = capture.Spec.UncleanShutdown,
    };
}

using System.Security.Cryptography;
using System.Text;
using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;

namespace Provisioning.Operator.Tests.Support;

/// <summary>Objects as users write them.</summary>
internal static class Samples
{
    public const string Namespace = "lab";

    public static string Digest(string name) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));

    public static Provisioner Provisioner(string name = "room", int load = 0, int capture = 0, int power = 0, Action<ProvisionerSpec>? change = null)
    {
        var spec = new ProvisionerSpec { Type = ProvisionerType.Simulated, Simulated = new() { LoadSeconds = load, CaptureSeconds = capture, PowerSeconds = power } };
        change?.Invoke(spec);
        return new() { Metadata = Meta(name), Spec = spec };
    }

    public static Image Image(string name = "debian", Action<ImageSpec>? change = null)
    {
        var spec = new ImageSpec { Revision = "1", Digest = Digest(name), Format = ImageFormat.Qcow2, FileName = $"{name}.qcow2" };
        change?.Invoke(spec);
        return new() { Metadata = Meta(name), Spec = spec };
    }

    public static Node Node(string name = "n1", string? image = "debian", Action<NodeSpec>? change = null)
    {
        var spec = new NodeSpec { ProvisionerRef = new() { Name = "room" }, ImageRef = image is null ? null : new() { Name = image } };
        change?.Invoke(spec);
        return new() { Metadata = Meta(name), Spec = spec };
    }

    /// <summary>A Node whose system is logged in to.</summary>
    public static void Linux(NodeSpec spec) =>
        spec.OperatingSystem = new() { Type = OperatingSystemType.Linux, Address = "10.0.0.7", CredentialsSecretRef = new() { Name = "login" } };

    public static ImageCapture Capture(string name = "take", string image = "golden", string node = "n1", Action<ImageCaptureSpec>? change = null)
    {
        var spec = new ImageCaptureSpec { NodeRef = new() { Name = node }, ImageName = image };
        change?.Invoke(spec);
        return new() { Metadata = Meta(name), Spec = spec };
    }

    private static ObjectMeta Meta(string name) => new() { Name = name, Namespace = Namespace };
}

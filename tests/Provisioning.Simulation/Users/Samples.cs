using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Simulation.Clusters;

namespace Provisioning.Simulation.Users;

/// <summary>Objects as people write them.</summary>
internal static class Samples
{
    /// <summary>Part of every secret; it must not appear in anything that an operator puts out.</summary>
    public const string SecretMark = "swordfish";

    public static string Digest(string text) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    public static JsonObject Node(string name, NodeSpec spec) => Json(new Node { Metadata = Meta(name), Spec = spec }, ApiJsonContext.Default.Node);

    public static JsonObject Image(string name, string revision, ImageDeletionPolicy deletion = ImageDeletionPolicy.Retain) => Json(
        new Image
        {
            Metadata = Meta(name),
            Spec = new() { Revision = revision, Digest = Digest($"{name}@{revision}"), Format = ImageFormat.Qcow2, FileName = $"{name}.qcow2", DeletionPolicy = deletion },
        },
        ApiJsonContext.Default.Image);

    public static JsonObject Provisioner(string name, ProvisionerSpec spec) => Json(new Provisioner { Metadata = Meta(name), Spec = spec }, ApiJsonContext.Default.Provisioner);

    public static JsonObject Capture(string name, ImageCaptureSpec spec) => Json(new ImageCapture { Metadata = Meta(name), Spec = spec }, ApiJsonContext.Default.ImageCapture);

    public static JsonObject Secret(string name, int version) => new()
    {
        ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = Kinds.Namespace },
        ["data"] = new JsonObject { ["password"] = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{SecretMark}-{version}")) },
    };

    private static JsonObject Json<T>(T entity, JsonTypeInfo<T> typeInfo) => JsonSerializer.SerializeToNode(entity, typeInfo)!.AsObject();

    private static ObjectMeta Meta(string name) => new() { Name = name, Namespace = Kinds.Namespace };
}

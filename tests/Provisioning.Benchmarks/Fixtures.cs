using Provisioning.Api;
using Provisioning.Api.Images;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Benchmarks.Server;

namespace Provisioning.Benchmarks;

/// <summary>What benchmarks declare.</summary>
internal static class Fixtures
{
    public const string Provisioner = "simulator";

    public const string Image = "web";

    /// <summary>Simulated machines for which everything takes no time, so that what is measured is the operator and the API server.</summary>
    public static Provisioner Simulator() => new()
    {
        Metadata = Named(Provisioner),
        Spec = new()
        {
            Type = ProvisionerType.Simulated,
            Simulated = new() { LoadSeconds = 0, CaptureSeconds = 0, PowerSeconds = 0 },
            Limits = new() { ConcurrentOperations = 10000 },
        },
    };

    public static Image WebImage() => new()
    {
        Metadata = Named(Image),
        Spec = new() { Revision = "1", Digest = $"sha256:{new string('1', 64)}", Format = ImageFormat.Qcow2, FileName = "web.qcow2" },
    };

    /// <summary>Nodes that want an image and to be on.</summary>
    public static IEnumerable<Node> Nodes(string prefix, int count) => Enumerable.Range(0, count).Select(number => new Node
    {
        Metadata = Named($"{prefix}-{number:00000}"),
        Spec = new() { ProvisionerRef = new() { Name = Provisioner }, ImageRef = new() { Name = Image }, PowerState = PowerState.PoweredOn },
    });

    public static ObjectMeta Named(string name) => new() { Name = name, Namespace = Cluster.Namespace };
}

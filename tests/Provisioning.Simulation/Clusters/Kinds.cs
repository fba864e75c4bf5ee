using Provisioning.Api;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Simulation.Clusters;

/// <summary>The kinds that the simulated API server has.</summary>
internal static class Kinds
{
    public const string Namespace = "lab";

    public static readonly FakeKind Node = Own("Node", "nodes");
    public static readonly FakeKind Image = Own("Image", "images");
    public static readonly FakeKind Capture = Own("ImageCapture", "imagecaptures");
    public static readonly FakeKind Provisioner = Own("Provisioner", "provisioners");
    public static readonly FakeKind Secret = FakeKind.BuiltIn.Single(kind => kind.Kind == "Secret");

    public static readonly IReadOnlyList<FakeKind> All = [Node, Image, Capture, Provisioner, .. FakeKind.BuiltIn];

    private static FakeKind Own(string kind, string plural) => new(ApiGroup.Name, ApiGroup.Version, kind, plural);
}

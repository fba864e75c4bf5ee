using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.BadInput;

/// <summary>
/// Wrong values of a Node that no schema can see. An API server that knows CEL rejects some of them at once; where it does not, the Node says what is wrong.
/// </summary>
/// <param name="bad">The namespace.</param>
public sealed class WrongNodeTests(SimulatedLab bad) : IClassFixture<SimulatedLab>
{
    private const string LongName = "a-name-that-is-longer-than-the-names-of-files-and-machines-may-be";

    private static readonly Dictionary<string, (Action<NodeSpec> Spoil, string Reason, string[] Words)> Cases = new(StringComparer.Ordinal)
    {
        ["provisioner-that-is-missing"] = (spec => spec.ProvisionerRef.Name = "nowhere", Reasons.ProvisionerNotFound, ["Provisioner nowhere does not exist", "Create it", "spec.provisionerRef"]),
        ["image-that-is-missing"] = (spec => spec.ImageRef!.Name = "nothing", Reasons.ImageNotFound, ["Image nothing does not exist", "Create it", "spec.imageRef"]),
        [LongName] = (_ => { }, Reasons.InvalidSpec, ["metadata.name", "63 characters", "shorter name"]),
        ["port-taken-by-itself"] = (
            spec => spec.Hardware.Interfaces = [NewForward("one", 2222), NewForward("two", 2222)], Reasons.InvalidSpec, ["spec.hardware.interfaces", "different host ports", "2222"]),
        ["address-taken-by-itself"] = (
            spec => spec.Hardware.Interfaces = [new() { Name = "one", Type = NetworkInterfaceType.User, MacAddress = "52:54:00:00:00:01" }, new() { Name = "two", Type = NetworkInterfaceType.User, MacAddress = "52:54:00:00:00:01" }],
            Reasons.InvalidSpec, ["spec.hardware.interfaces", "different MAC addresses", "52:54:00:00:00:01"]),
        ["bridge-without-source"] = (
            spec => spec.Hardware.Interfaces = [new() { Name = "lan", Type = NetworkInterfaceType.Bridge }], Reasons.InvalidSpec, ["source"]),
        ["forward-on-a-network"] = (
            spec => spec.Hardware.Interfaces = [new() { Name = "lan", Type = NetworkInterfaceType.Network, Source = "default", Forwards = [new() { HostPort = 2222, GuestPort = 22 }] }],
            Reasons.InvalidSpec, ["forwards"]),
        ["linux-without-address"] = (
            spec => spec.OperatingSystem = new() { Type = OperatingSystemType.Linux, CredentialsSecretRef = new() { Name = "guest-login" } }, Reasons.InvalidSpec, ["address"]),
        ["linux-without-login"] = (
            spec => spec.OperatingSystem = new() { Type = OperatingSystemType.Linux, Address = "127.0.0.1" }, Reasons.InvalidSpec, ["credentialsSecretRef"]),
        ["pinned-without-keys"] = (
            spec => spec.OperatingSystem = new() { Type = OperatingSystemType.Linux, Address = "127.0.0.1", CredentialsSecretRef = new() { Name = "guest-login" }, HostKeyPolicy = HostKeyPolicy.Pinned },
            Reasons.InvalidSpec, ["hostKeys"]),
        ["secret-that-is-missing"] = (
            spec => spec.OperatingSystem = new() { Type = OperatingSystemType.Linux, Address = "127.0.0.1", CredentialsSecretRef = new() { Name = "no-secret" } },
            Reasons.SecretInvalid, ["Secret no-secret does not exist", "kubectl"]),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_wrong_value_is_rejected_or_the_node_is_stalled_and_says_what_to_do(string name)
    {
        var (spoil, reason, words) = Cases[name];
        var node = BadInputLab.NewNode(name, SimulatedLab.Simulated);
        spoil(node.Spec);

        var applied = await bad.Lab.Kubectl.TryAsync(node);

        if (applied.ExitCode != 0)
            Assert.Contains(words[0], applied.Error, StringComparison.OrdinalIgnoreCase);
        else
            await Told.StalledNodeAsync(bad.Lab, name, reason, words);
    }

    [Fact]
    public async Task A_node_whose_image_was_missing_is_loaded_when_it_comes()
    {
        await bad.Lab.Kubectl.ApplyAsync(BadInputLab.NewNode("early", SimulatedLab.Simulated, "late"));
        await Told.StalledNodeAsync(bad.Lab, "early", Reasons.ImageNotFound, "Image late does not exist");

        await bad.Lab.Kubectl.ApplyAsync(await bad.NewImageAsync("late", "1M"));

        await bad.Lab.UntilReadyAsync("early", TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task A_secret_of_a_guest_without_a_login_is_told_and_heals_when_it_is_corrected()
    {
        await bad.Lab.Kubectl.RunAsync("create", "secret", "generic", "empty-guest", "--from-literal=user=root");
        var node = BadInputLab.NewNode("empty-guest", SimulatedLab.Simulated);
        node.Spec.OperatingSystem = new() { Type = OperatingSystemType.Linux, Address = "127.0.0.1", CredentialsSecretRef = new() { Name = "empty-guest" } };
        await bad.Lab.Kubectl.ApplyAsync(node);
        await Told.StalledNodeAsync(bad.Lab, "empty-guest", Reasons.SecretInvalid, "Secret empty-guest", "ssh-privatekey", "password", "Add one");

        await bad.Lab.Kubectl.PatchAsync("secret", "empty-guest", """{"stringData":{"password":"right"}}""");

        await bad.Lab.UntilReadyAsync("empty-guest", TimeSpan.FromMinutes(3));
    }

    private static NetworkInterfaceSpec NewForward(string name, int port) => new() { Name = name, Type = NetworkInterfaceType.User, Forwards = [new() { HostPort = port, GuestPort = 22 }] };
}

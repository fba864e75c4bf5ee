using System.Diagnostics;
using Provisioning.Api.Images;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;

namespace Provisioning.EndToEnd.Bed;

/// <summary>A namespace of one story: a Provisioner "host" for the VM host, its login, the login of the guests, and the Nodes that the story makes.</summary>
/// <param name="bed">The bed.</param>
/// <param name="name">Name of the namespace.</param>
public sealed class Lab(RealBed bed, string name) : IAsyncDisposable
{
    /// <summary>A machine boots in seconds, and in a minute or two on a busy machine without KVM.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(6);

    private const string Installation = "e2e";
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(700);
    private readonly Dictionary<string, int> _ports = new(StringComparer.Ordinal);

    /// <summary>kubectl in this namespace.</summary>
    public Kubectl Kubectl { get; } = new(bed.Kubeconfig, name);

    /// <summary>The bed.</summary>
    public RealBed Bed => bed;

    /// <summary>The VM host.</summary>
    public VmHost Host => bed.Host;

    /// <summary>Makes the namespace and what every story needs.</summary>
    public async Task SetUpAsync()
    {
        await Kubectl.RunAsync("create", "namespace", name);
        await Kubectl.RunAsync("create", "secret", "generic", "host-login", $"--from-file=ssh-privatekey={Host["CLIENT_KEY"]}");
        await Kubectl.RunAsync("create", "secret", "generic", "guest-login", $"--from-file=ssh-privatekey={Host["GUEST_KEY"]}");
        await Kubectl.ApplyAsync(NewProvisioner());
    }

    /// <summary>The Provisioner of the VM host, with an impatience that suits tests.</summary>
    public Provisioner NewProvisioner() => new()
    {
        Metadata = new() { Name = "host" },
        Spec = new()
        {
            Type = ProvisionerType.Libvirt,
            Libvirt = new()
            {
                Address = Host["ADDRESS"],
                Port = int.Parse(Host["PORT"]),
                User = Host["USER"],
                CredentialsSecretRef = new() { Name = "host-login" },
                HostKeys = [Host["HOST_KEY"]],
                Uri = "qemu:///session",
                ImageDirectory = Host["IMAGES"],
                MachineDirectory = Host["DISKS"],
                DomainType = LibvirtDomainType.Qemu,
                Installation = Installation,
            },
            Timeouts = new() { ObserveSeconds = 3, SoftPowerOffSeconds = 60, BootSeconds = 240, NoProgressSeconds = 300, LoadSeconds = 600, CaptureSeconds = 600, PowerSeconds = 300 },
        },
    };

    /// <summary>An Image for a file of hack/lib/images.sh.</summary>
    /// <param name="file">tiny-a, tiny-b, debian-a or debian-b.</param>
    public Image NewImage(string file) => new()
    {
        Metadata = new() { Name = file },
        Spec = new() { Revision = "1", Digest = Host.DigestOf(file), Format = ImageFormat.Qcow2, FileName = $"{file}.qcow2", SshHostKeys = [Host.HostKeyOf(file)] },
    };

    /// <summary>A Node for a virtual machine of its own; its SSH port is known to <see cref="GuestOf"/>.</summary>
    public Node NewNode(string node, string? image, int memoryMiB = 160)
    {
        var port = _ports[node] = Ports.Free();
        return new()
        {
            Metadata = new() { Name = node },
            Spec = new()
            {
                ProvisionerRef = new() { Name = "host" },
                ImageRef = image is null ? null : new LocalReference { Name = image },
                PowerState = PowerState.PoweredOn,
                OperatingSystem = new() { Type = OperatingSystemType.Linux, Address = "127.0.0.1", Port = port, CredentialsSecretRef = new() { Name = "guest-login" } },
                Hardware = new() { MemoryMiB = memoryMiB, Interfaces = [new() { Name = "net0", Type = NetworkInterfaceType.User, Forwards = [new() { HostPort = port, GuestPort = 22 }] }] },
            },
        };
    }

    /// <summary>Applies an Image of hack/lib/images.sh and a Node that asks for it, and waits until it is Ready.</summary>
    public async Task<Node> LoadedNodeAsync(string node, string image, int memoryMiB = 160)
    {
        await Kubectl.ApplyAsync(NewImage(image));
        await Kubectl.ApplyAsync(NewNode(node, image, memoryMiB));
        return await UntilReadyAsync(node);
    }

    /// <summary>The inside of a Node's machine.</summary>
    public Guest GuestOf(string node) => new(_ports[node], Host["GUEST_KEY"]);

    /// <summary>The SSH port of a Node's machine on 127.0.0.1.</summary>
    public int PortOf(string node) => _ports[node];

    /// <summary>The domain of a Node; null if there is none.</summary>
    public Task<Machine?> FindMachineAsync(string node) => Host.MachineAsync(DomainNameOf(node));

    /// <summary>What the domain of a Node is called.</summary>
    public string DomainNameOf(string node) => $"{Installation}-{name}-{node}";

    /// <summary>The domain of a Node, which must exist.</summary>
    public async Task<Machine> MachineAsync(string node)
    {
        var machine = await FindMachineAsync(node);
        Assert.True(machine is not null, $"The VM host has no domain for the Node {node}.\n{await DescribeAsync(node)}");
        return machine;
    }

    /// <summary>Merges JSON into the spec of a Node, for example {"powerState":"PoweredOff"}.</summary>
    public Task ChangeAsync(string node, string spec) => Kubectl.PatchAsync("pn", node, $$"""{"spec":{{spec}}}""");

    /// <summary>Waits until a Node is as its spec of now declares.</summary>
    public Task<Node> UntilReadyAsync(string node, TimeSpan? limit = null) => UntilAsync(node, "Ready", found => found.IsReady(), limit);

    /// <summary>Waits until a Node is seen in a state.</summary>
    /// <param name="node">Name of the Node.</param>
    /// <param name="what">The state in words, for the message of a failure.</param>
    /// <param name="state">The state.</param>
    /// <param name="limit">How long at most; default <see cref="Patience"/>.</param>
    public async Task<Node> UntilAsync(string node, string what, Func<Node, bool> state, TimeSpan? limit = null)
    {
        Node? last = null;
        await Poll.UntilAsync($"the Node {node} is {what}", async () => (last = await Kubectl.NodeAsync(node)) is not null && state(last), limit ?? Patience, Interval, describe: () => DescribeAsync(node));
        return last!;
    }

    /// <summary>Waits until something is so.</summary>
    /// <param name="what">What, in words that fit after "it is still not so that".</param>
    /// <param name="condition">Looks.</param>
    /// <param name="limit">How long at most; default <see cref="Patience"/>.</param>
    /// <param name="interval">How often to look; default 0.7 s.</param>
    public Task UntilAsync(string what, Func<Task<bool>> condition, TimeSpan? limit = null, TimeSpan? interval = null) =>
        Poll.UntilAsync(what, condition, limit ?? Patience, interval ?? Interval, describe: () => DescribeAsync(null));

    /// <summary>Deletes a Node and waits until it is gone.</summary>
    public async Task DeleteAsync(string node)
    {
        await Kubectl.RunAsync("delete", "pn", node, "--wait=false");
        await UntilAsync($"the Node {node} is gone", async () => await Kubectl.NodeAsync(node) is null);
    }

    /// <summary>All that helps to understand a failure: objects, conditions, events, and the end of the operator's log.</summary>
    public async Task<string> DescribeAsync(string? node)
    {
        List<string> parts = [];
        foreach (var arguments in (string[][])[["get", "provisioning", "-o", "wide"], node is null ? ["describe", "pn"] : ["describe", "pn", node], ["get", "events", "--sort-by=.lastTimestamp"]])
        {
            var result = await Kubectl.TryAsync(null, arguments);
            parts.Add($"$ kubectl {string.Join(' ', arguments)}\n{result.Output}{result.Error}");
        }

        parts.Add($"operator log:\n{bed.Operator.Tail(30)}");
        return string.Join('\n', parts);
    }

    /// <summary>Has every machine unloaded; what the operator does not remove in time is removed behind its back.</summary>
    public async ValueTask DisposeAsync()
    {
        await Host.MendAsync();
        await Host.StartAsync();
        await bed.Operator.StartAsync();
        await Kubectl.TryAsync(null, "delete", "pcap", "--all", "--wait=false");
        foreach (var node in (await Kubectl.RunAsync("get", "pn", "-o", "name")).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            await Kubectl.TryAsync(null, "patch", node, "--type=merge", "-p", """{"spec":{"deletionPolicy":"Unload","managementPolicy":"Manage"}}""");
            await Kubectl.TryAsync(null, "delete", node, "--wait=false");
        }

        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < TimeSpan.FromSeconds(40) && (await Kubectl.RunAsync("get", "pn", "-o", "name")).Length > 0)
            await Task.Delay(Interval);
        foreach (var node in (await Kubectl.RunAsync("get", "pn", "-o", "name")).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            await Kubectl.TryAsync(null, "patch", node, "--type=merge", "-p", """{"metadata":{"finalizers":null}}""");
        await Kubectl.TryAsync(null, "delete", "provisioning,secrets", "--all", "--wait=false");
        await Host.RemoveAsync($"{Installation}-{name}-");
    }
}

using System.Globalization;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Faults;

/// <summary>A network of its own at the far end of a pair of virtual network cards that can be cut or made slow. Whatever is started in it is reached through them alone.</summary>
internal sealed class NetworkNamespace : IAsyncDisposable
{
    private static int _made;

    private readonly int _number = Interlocked.Increment(ref _made);

    /// <summary>Its name.</summary>
    public string Name => $"prov-{Environment.ProcessId}-{_number}";

    /// <summary>Address at the far end.</summary>
    public string Address => Subnet(2);

    private string Near => $"pn{Environment.ProcessId}.{_number}";

    private string Far => $"pf{Environment.ProcessId}.{_number}";

    /// <summary>Makes it.</summary>
    public async Task StartAsync()
    {
        await IpAsync("netns", "add", Name);
        await IpAsync("link", "add", Near, "type", "veth", "peer", "name", Far, "netns", Name);
        await IpAsync("address", "add", $"{Subnet(1)}/30", "dev", Near);
        await IpAsync("link", "set", Near, "up");
        await IpAsync("-n", Name, "address", "add", $"{Subnet(2)}/30", "dev", Far);
        await IpAsync("-n", Name, "link", "set", Far, "up");
    }

    /// <summary>Nothing gets through any more, in either direction, and nobody is told.</summary>
    public Task CutAsync() => IpAsync("-n", Name, "link", "set", Far, "down");

    /// <summary>The network is back.</summary>
    public Task MendAsync() => IpAsync("-n", Name, "link", "set", Far, "up");

    /// <summary>
    /// Everything that the far end says takes long: by netem, 300 ms give or take 100 and two packets of a hundred lost; where the kernel has no netem, by a line of so many kbit/s.
    /// </summary>
    /// <returns>Which of the two.</returns>
    public async Task<string> SlowDownAsync(int kilobits = 100)
    {
        string[] netem = ["netem", "delay", "300ms", "100ms", "loss", "2%"];
        if ((await Programs.TryAsync("ip", ["netns", "exec", Name, "tc", "qdisc", "add", "dev", Far, "root", .. netem])).ExitCode == 0)
            return string.Join(' ', netem);
        string[] line = ["tbf", "rate", string.Create(CultureInfo.InvariantCulture, $"{kilobits}kbit"), "burst", "2kb", "latency", "2s"];
        foreach (var (device, prefix) in ((string, string[])[])[(Far, ["ip", "netns", "exec", Name]), (Near, ["env"])])
            await Programs.RunAsync(prefix[0], [.. prefix[1..], "tc", "qdisc", "add", "dev", device, "root", .. line]);
        return string.Join(' ', line);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Programs.TryAsync("ip", ["link", "delete", Near]);
        await Programs.TryAsync("ip", ["netns", "delete", Name]);
    }

    // A subnet of four addresses for each namespace of each process that may run tests at the same time.
    private string Subnet(int host) => $"10.{203 + (_number & 31)}.{(Environment.ProcessId >> 6) & 255}.{((Environment.ProcessId & 63) << 2) + host}";

    private static Task<string> IpAsync(params string[] arguments) => Programs.RunAsync("ip", arguments);
}

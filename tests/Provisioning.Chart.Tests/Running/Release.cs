using System.Globalization;
using System.Text.Json.Nodes;
using Provisioning.Chart.Tests.Bed;

namespace Provisioning.Chart.Tests.Running;

/// <summary>
/// The chart, installed by Helm, with its replicas run as the Deployment says, and a story of everything that the operator does for its users. The story is told once;
/// the tests look at what came of it.
/// </summary>
/// <param name="cluster">The API server.</param>
/// <param name="name">Name of the release and of its namespace.</param>
/// <param name="tenants">The namespaces in which things happen.</param>
/// <param name="values">Values, as YAML.</param>
public abstract class Release(Cluster cluster, string name, string[] tenants, string values) : IAsyncLifetime
{
    private readonly List<Replica> _replicas = [];
    private bool _disposed;

    /// <summary>The API server.</summary>
    public Cluster Cluster => cluster;

    /// <summary>The namespaces in which things happen.</summary>
    public IReadOnlyList<string> Tenants => tenants;

    /// <summary>Name of the release, its namespace, its service account and its Lease.</summary>
    public string Name => name;

    /// <summary>From the beginning of "helm install" until the first Node was Ready.</summary>
    public TimeSpan FirstReady { get; private set; }

    /// <summary>Who held the Lease at first, and who after that one was told to end.</summary>
    public IReadOnlyList<string> Leaders { get; private set; } = [];

    /// <summary>Everything that the operators asked of the API server.</summary>
    public IReadOnlyList<AuditedCall> Calls { get; private set; } = [];

    /// <summary>What the replicas printed.</summary>
    public string Log => string.Join('\n', _replicas.Select(replica => $"--- {replica.Name}\n{replica.Log}"));

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        await cluster.EnsureCrdsAsync();
        await cluster.EnsureNamespaceAsync(name);
        foreach (var tenant in tenants)
            await cluster.EnsureNamespaceAsync(tenant);
        try
        {
            await TellAsync();
        }
        catch (Exception exception)
        {
            await DisposeAsync();
            throw new InvalidOperationException($"The story broke off. The replicas said:\n{Log}", exception);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        _disposed = true;
        foreach (var replica in _replicas)
            await replica.DisposeAsync();
        await cluster.Helm.RunAsync("uninstall", name, "--namespace", name);
        GC.SuppressFinalize(this);
    }

    private async Task TellAsync()
    {
        var begun = TimeProvider.System.GetUtcNow();
        await cluster.Helm.RunAsync("install", name, Helm.Chart, "--namespace", name, "--values", await cluster.Helm.FileAsync(values));
        var deployment = (await cluster.Kubectl(name).ReadAsync("deployment", name))!;
        // At once, as kubelets do.
        var starting = Enumerable.Range(0, (int)deployment["spec"]!["replicas"]!).Select(_ => StartReplicaAsync(deployment)).ToList();
        await Task.WhenAll(starting);
        var tenant = cluster.Kubectl(tenants[0]);
        await tenant.ApplyAsync(Story.Machines);
        FirstReady = ReadySince(await tenant.ReadyAsync("nodes.provisioning.dev", "plain")) - begun;
        foreach (var replica in _replicas)
            await replica.ReadyAsync();

        await Story.TellAsync(tenant);
        foreach (var other in tenants.Skip(1))
        {
            await cluster.Kubectl(other).ApplyAsync(Story.Machines);
            await cluster.Kubectl(other).ReadyAsync("nodes.provisioning.dev", "with-login");
        }

        await Story.TakenAsync(tenant);
        var first = await HolderAsync();
        await _replicas.Single(replica => first.StartsWith(replica.Name, StringComparison.Ordinal)).DisposeAsync();
        await cluster.Kubectl(name).UntilAsync("lease", name, lease => Holder(lease).Length > 0 && Holder(lease) != first);
        Leaders = [first, await HolderAsync()];
        await Story.EndAsync(tenant);
        foreach (var other in tenants.Skip(1))
            await cluster.Kubectl(other).RunAsync("delete", "nodes.provisioning.dev", "--all", "--timeout=150s");
        Calls = cluster.AuditOf(name, name);
    }

    private async Task StartReplicaAsync(JsonObject deployment)
    {
        var replica = await Replica.StartAsync(cluster, deployment, Ports.Free());
        lock (_replicas)
            _replicas.Add(replica);
    }

    /// <summary>The end of the second that the object says itself: when a test comes to see it is no matter of the operator's.</summary>
    private static DateTimeOffset ReadySince(JsonObject read)
    {
        var ready = read["status"]!["conditions"]!.AsArray().Single(condition => (string)condition!["type"]! == "Ready")!;
        return DateTimeOffset.Parse((string)ready["lastTransitionTime"]!, CultureInfo.InvariantCulture).AddSeconds(1);
    }

    private async Task<string> HolderAsync() => Holder((await cluster.Kubectl(name).ReadAsync("lease", name))!);

    private static string Holder(JsonObject lease) => (string?)lease["spec"]!["holderIdentity"] ?? "";
}

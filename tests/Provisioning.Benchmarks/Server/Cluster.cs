using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Provisioning.Api.Images;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Kubernetes;
using Provisioning.Kubernetes.Caching;
using Provisioning.Kubernetes.Rest;
using Provisioning.Kubernetes.Rest.BuiltIn;
using Provisioning.Operator;

namespace Provisioning.Benchmarks.Server;

/// <summary>The API server as its administrator sees it, with the product's own client.</summary>
internal sealed class Cluster : IDisposable
{
    /// <summary>Namespace of everything that benchmarks make.</summary>
    public const string Namespace = "default";

    // As many as keep two processors busy; the server's own limit of writing requests is 200.
    private const int Writers = 32;

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly KubernetesConnection _connection;
    private readonly k8s.Kubernetes _raw;
    private readonly TimeProvider _time;

    public Cluster(string kubeconfig, TimeProvider time)
    {
        _time = time;
        _raw = new k8s.Kubernetes(KubernetesConnection.LoadConfiguration(kubeconfig));
        _connection = new(
            KubernetesConnection.LoadConfiguration(kubeconfig), time, new Random(1), _services.GetRequiredService<IMeterFactory>(), NullLogger<KubernetesConnection>.Instance);
        Nodes = _connection.Client(Resources.Nodes);
        Images = _connection.Client(Resources.Images);
        Provisioners = _connection.Client(Resources.Provisioners);
        Secrets = _connection.Client(BuiltInResources.Secrets);
    }

    public IResourceClient<Node> Nodes { get; }

    public IResourceClient<Image> Images { get; }

    public IResourceClient<Provisioner> Provisioners { get; }

    public IResourceClient<Secret> Secrets { get; }

    /// <summary>A watched list of all Nodes.</summary>
    public ResourceReflector<Node> ReflectNodes() =>
        new(_connection, Resources.Nodes, new() { Namespace = Namespace }, _time, new Random(1), NullLogger<ResourceReflector<Node>>.Instance);

    /// <summary>Makes many Nodes.</summary>
    public Task CreateAsync(IEnumerable<Node> nodes, CancellationToken cancellationToken) =>
        ForEachAsync(nodes, node => Nodes.CreateAsync(node, cancellationToken), cancellationToken);

    /// <summary>Does something many times, some at once.</summary>
    public static Task ForEachAsync<T>(IEnumerable<T> items, Func<T, Task> act, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(items, new ParallelOptions { MaxDegreeOfParallelism = Writers, CancellationToken = cancellationToken }, async (item, _) => await act(item));

    /// <summary>The server's count of requests now.</summary>
    public async Task<ServerRequests> RequestsAsync(CancellationToken cancellationToken) => ServerRequests.Parse(await ReadAsync("metrics", cancellationToken));

    /// <summary>Size of one Node as the server returns it, in bytes of JSON.</summary>
    public async Task<int> SizeAsync(string node, CancellationToken cancellationToken) =>
        System.Text.Encoding.UTF8.GetByteCount(await ReadAsync($"apis/provisioning.dev/v1alpha1/namespaces/{Namespace}/nodes/{node}", cancellationToken));

    /// <inheritdoc/>
    public void Dispose()
    {
        _connection.Dispose();
        _raw.Dispose();
        _services.Dispose();
    }

    private async Task<string> ReadAsync(string path, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_raw.BaseUri, path));
        if (_raw.Credentials is { } credentials)
            await credentials.ProcessHttpRequestAsync(request, cancellationToken);
        using var response = await _raw.HttpClient.SendAsync(request, cancellationToken);
        return await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync(cancellationToken);
    }
}

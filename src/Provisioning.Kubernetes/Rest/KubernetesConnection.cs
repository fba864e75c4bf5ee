using System.Diagnostics.Metrics;
using k8s;
using k8s.Exceptions;
using Microsoft.Extensions.Logging;
using Provisioning.Api.Meta;

namespace Provisioning.Kubernetes.Rest;

/// <summary>Access to one API server; one a process, thread-safe. Counts its requests as <c>rest_client_requests_total</c>.</summary>
public sealed class KubernetesConnection : IDisposable
{
    /// <summary>The field manager and user agent of the operator.</summary>
    public const string FieldManager = "provisioning-operator";

    private readonly HttpClient _calls;
    private readonly HttpClient _watches;

    /// <summary>Makes a connection; nothing is sent yet.</summary>
    /// <param name="configuration">Server and credentials, see <see cref="LoadConfiguration"/>.</param>
    /// <param name="time">Clock of deadlines and waits.</param>
    /// <param name="random">Spreads retries; locked while used.</param>
    /// <param name="meters">Makes the meter.</param>
    /// <param name="logger">Log of retries.</param>
    /// <param name="fieldManager">The field manager and user agent of what is written; that of the operator, unless told otherwise.</param>
    public KubernetesConnection(
        KubernetesClientConfiguration configuration, TimeProvider time, Random random, IMeterFactory meters, ILogger<KubernetesConnection> logger, string fieldManager = FieldManager)
        : this(configuration, time, random, meters, logger, () => ApiHandler.Create(configuration), fieldManager)
    {
    }

    /// <summary>A connection whose requests go to a handler in place of a socket: what stands before the socket is the same.</summary>
    internal KubernetesConnection(
        KubernetesClientConfiguration configuration, TimeProvider time, Random random, IMeterFactory meters, ILogger<KubernetesConnection> logger, Func<HttpMessageHandler> handler, string fieldManager = FieldManager)
    {
        Manager = fieldManager;
        if (!Uri.TryCreate(configuration.Host, UriKind.Absolute, out var server))
            throw new KubeConfigException($"The address of the API server is '{configuration.Host}', which is no URL. Correct it in the kubeconfig.");
        Server = server;
        _calls = NewClient(handler(), fieldManager);
        _watches = NewClient(handler(), fieldManager);
        var credentials = k8s.Kubernetes.CreateCredentials(configuration);
        Namespace = string.IsNullOrEmpty(configuration.Namespace) ? "default" : configuration.Namespace;
        var metrics = new RestMetrics(meters, Server.Authority);
        Transport = new(_calls, Server, credentials, metrics, time, random, logger);
        WatchTransport = new(_watches, Server, credentials, metrics, time, random, logger);
    }

    /// <summary>Address of the API server.</summary>
    public Uri Server { get; }

    /// <summary>Namespace of the kubeconfig's context or of the pod; "default" if neither says.</summary>
    public string Namespace { get; }

    internal string Manager { get; }

    internal ApiTransport Transport { get; }

    /// <summary>
    /// For lists and watches, with a connection of its own. On one connection the API server's HTTP/2 writer prefers the young streams, which are the answers to
    /// writes, so that the watch, the oldest, fell 13 s behind while 1,000 Nodes were worked on (https://github.com/golang/go/issues/58804).
    /// </summary>
    internal ApiTransport WatchTransport { get; }

    /// <summary>
    /// Loads server and credentials: from the file if one is named, else as kubectl does ($KUBECONFIG, ~/.kube/config), else from the pod's
    /// service account.
    /// </summary>
    /// <param name="kubeconfig">Path of a kubeconfig, or null.</param>
    /// <param name="context">Context in that file; null for its current one.</param>
    /// <exception cref="k8s.Exceptions.KubeConfigException">The file cannot be used.</exception>
    public static KubernetesClientConfiguration LoadConfiguration(string? kubeconfig, string? context = null) =>
        kubeconfig is null && context is null
            ? KubernetesClientConfiguration.BuildDefaultConfig()
            : KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeconfig, context);

    /// <summary>Live access to a kind.</summary>
    /// <typeparam name="T">The kind.</typeparam>
    /// <param name="definition">What must be known of the kind.</param>
    public IResourceClient<T> Client<T>(ResourceDefinition<T> definition)
        where T : class, IKubernetesEntity => new ResourceClient<T>(Transport, definition, Manager);

    /// <inheritdoc/>
    public void Dispose()
    {
        _calls.Dispose();
        _watches.Dispose();
    }

    private static HttpClient NewClient(HttpMessageHandler handler, string product)
    {
        // Deadlines are those of the calls.
        var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.Add(new(product, typeof(KubernetesConnection).Assembly.GetName().Version?.ToString(3)));
        return client;
    }
}

using System.Diagnostics.Metrics;
using k8s;
using Microsoft.Extensions.Logging;
using Provisioning.Api.Meta;

namespace Provisioning.Kubernetes.Rest;

/// <summary>Access to one API server; one a process, thread-safe. Counts its requests as <c>rest_client_requests_total</c>.</summary>
public sealed class KubernetesConnection : IDisposable
{
    /// <summary>The field manager and user agent of the operator.</summary>
    public const string FieldManager = "provisioning-operator";

    private readonly k8s.Kubernetes _calls;
    private readonly k8s.Kubernetes _watches;

    /// <summary>Makes a connection; nothing is sent yet.</summary>
    /// <param name="configuration">Server and credentials, see <see cref="LoadConfiguration"/>.</param>
    /// <param name="time">Clock of deadlines and waits.</param>
    /// <param name="random">Spreads retries; locked while used.</param>
    /// <param name="meters">Makes the meter.</param>
    /// <param name="logger">Log of retries.</param>
    public KubernetesConnection(
        KubernetesClientConfiguration configuration, TimeProvider time, Random random, IMeterFactory meters, ILogger<KubernetesConnection> logger)
        : this(configuration, time, random, meters, logger, handler: null)
    {
    }

    /// <summary>A connection whose requests are answered by a handler in place of a socket: what stands before the socket is the same.</summary>
    internal KubernetesConnection(
        KubernetesClientConfiguration configuration, TimeProvider time, Random random, IMeterFactory meters, ILogger<KubernetesConnection> logger, Func<DelegatingHandler>? handler)
    {
        configuration.FirstMessageHandlerSetup = Tune;
        configuration.UserAgent = $"{FieldManager}/{typeof(KubernetesConnection).Assembly.GetName().Version?.ToString(3)}";
        _calls = handler is null ? new k8s.Kubernetes(configuration) : new k8s.Kubernetes(configuration, handler());
        _watches = handler is null ? new k8s.Kubernetes(configuration) : new k8s.Kubernetes(configuration, handler());
        Namespace = string.IsNullOrEmpty(configuration.Namespace) ? "default" : configuration.Namespace;
        var metrics = new RestMetrics(meters, Server.Authority);
        Transport = new(_calls.HttpClient, Server, _calls.Credentials, metrics, time, random, logger);
        WatchTransport = new(_watches.HttpClient, Server, _watches.Credentials, metrics, time, random, logger);
    }

    /// <summary>Address of the API server.</summary>
    public Uri Server => _calls.BaseUri;

    /// <summary>Namespace of the kubeconfig's context or of the pod; "default" if neither says.</summary>
    public string Namespace { get; }

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
        where T : class, IKubernetesEntity => new ResourceClient<T>(Transport, definition);

    /// <inheritdoc/>
    public void Dispose()
    {
        _calls.Dispose();
        _watches.Dispose();
    }

    // A half-open connection is found by the HTTP/2 ping after 45 s (KubernetesClient's own setting needs 3.5 minutes).
    private static void Tune(HttpMessageHandler handler)
    {
        var sockets = (SocketsHttpHandler)handler;
        sockets.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        sockets.KeepAlivePingTimeout = TimeSpan.FromSeconds(15);
        sockets.ConnectTimeout = TimeSpan.FromSeconds(10);
    }
}

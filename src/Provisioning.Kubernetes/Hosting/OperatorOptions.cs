namespace Provisioning.Kubernetes.Hosting;

/// <summary>Options of the operator as a whole.</summary>
public sealed class OperatorOptions
{
    /// <summary>Path of a kubeconfig; null: as kubectl finds it, else the pod's service account.</summary>
    public string? Kubeconfig { get; set; }

    /// <summary>Context of the kubeconfig; null: its current one.</summary>
    public string? Context { get; set; }

    /// <summary>The only namespaces that the operator looks at; none: all of them. It then needs rights in those only.</summary>
    public IReadOnlyList<string> WatchNamespaces { get; set; } = [];

    /// <summary>How long reconciles that are under way at a shutdown may go on before they are cancelled. Default 30 s.</summary>
    public TimeSpan ShutdownGrace { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>A reconcile that takes longer counts as stuck: the liveness check fails and the kubelet restarts the process. Default 5 min.</summary>
    public TimeSpan StuckAfter { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Name of the program in events, as in provisioning.dev/operator.</summary>
    public string EventSource { get; set; } = "provisioning.dev/operator";
}

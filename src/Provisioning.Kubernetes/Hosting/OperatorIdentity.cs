namespace Provisioning.Kubernetes.Hosting;

/// <summary>Who this process is. In a pod the machine name is the pod's name; the random part tells a restarted process from the one before.</summary>
internal sealed class OperatorIdentity
{
    /// <summary>Name of the pod or machine.</summary>
    public string Instance { get; init; } = Environment.MachineName;

    /// <summary>Holder of a Lease.</summary>
    public string Holder { get; init; } = $"{Environment.MachineName}_{Guid.NewGuid()}";
}

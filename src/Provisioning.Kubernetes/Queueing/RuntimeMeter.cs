namespace Provisioning.Kubernetes.Queueing;

/// <summary>Name under which the runtime's metrics are published.</summary>
public static class RuntimeMeter
{
    /// <summary>Name of the meter: give it to the metrics exporter.</summary>
    public const string Name = "Provisioning.Kubernetes";
}

using System.Diagnostics.Metrics;
using k8s;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Provisioning.Kubernetes.Rest;

namespace Provisioning.Kubernetes.Tests.Rest;

internal static class Connections
{
    public static readonly IMeterFactory Meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();

    public static KubernetesConnection To(Uri server, TimeProvider time) => From(new KubernetesClientConfiguration { Host = server.ToString() }, time);

    public static KubernetesConnection From(KubernetesClientConfiguration configuration, TimeProvider time) =>
        new(configuration, time, new Random(1), Meters, NullLogger<KubernetesConnection>.Instance);
}

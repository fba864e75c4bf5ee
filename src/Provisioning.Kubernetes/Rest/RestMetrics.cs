using System.Diagnostics.Metrics;
using Provisioning.Kubernetes.Queueing;

namespace Provisioning.Kubernetes.Rest;

/// <summary>Counts calls under the names that controller-runtime uses, so that existing dashboards fit.</summary>
internal sealed class RestMetrics(IMeterFactory meters, string host)
{
    private readonly Counter<long> _requests = meters.Create(RuntimeMeter.Name)
        .CreateCounter<long>("rest_client_requests_total", description: "Number of HTTP requests, by status code, method and host.");

    /// <summary>Counts one request.</summary>
    /// <param name="method">HTTP method.</param>
    /// <param name="code">Status code, or null if no answer came.</param>
    public void Count(HttpMethod method, int? code) =>
        _requests.Add(1, new("code", code?.ToString() ?? "<error>"), new("method", method.Method), new("host", host));
}

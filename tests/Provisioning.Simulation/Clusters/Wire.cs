using System.Net;

namespace Provisioning.Simulation.Clusters;

/// <summary>Stands where the socket would be.</summary>
internal sealed class Wire(OperatorProcess process) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        process.World.Api.SendAsync(process, request, cancellationToken);

    /// <summary>How a broken connection looks to a client.</summary>
    public static Exception Lost(bool wasSent) => wasSent
        ? new HttpRequestException(HttpRequestError.ResponseEnded, "The connection was closed before the answer was complete.", new IOException("Connection reset by peer."))
        : new HttpRequestException(HttpRequestError.ConnectionError, "Connection refused.");

    public static HttpResponseMessage Response(int code, Stream body)
    {
        var content = new StreamContent(body);
        content.Headers.ContentType = new("application/json");
        return new((HttpStatusCode)code) { Content = content };
    }
}

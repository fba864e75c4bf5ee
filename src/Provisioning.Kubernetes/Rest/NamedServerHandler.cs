namespace Provisioning.Kubernetes.Rest;

/// <summary>
/// Asks a server under another name than that of its address, the kubeconfig's tls-server-name. The socket handler takes the name that it compares with the certificate
/// from the header Host alone, whatever its SslOptions say.
/// </summary>
/// <param name="name">Name in the server's certificate.</param>
/// <param name="inner">Sends.</param>
internal sealed class NamedServerHandler(string name, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <inheritdoc/>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Host = name;
        return base.SendAsync(request, cancellationToken);
    }
}

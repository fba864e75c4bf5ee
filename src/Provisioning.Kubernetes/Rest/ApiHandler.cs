using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s;

namespace Provisioning.Kubernetes.Rest;

/// <summary>
/// Connections to the API server as a configuration asks for them. The client class of KubernetesClient would make them too, but brings the models of all kinds of
/// Kubernetes into the program, and does not compare the server's name with its certificate where the configuration names a certificate authority.
/// </summary>
internal static class ApiHandler
{
    /// <summary>Makes a handler; nothing is sent yet.</summary>
    [SuppressMessage("Security", "CA5359", Justification = "Only where the kubeconfig says insecure-skip-tls-verify.")]
    public static HttpMessageHandler Create(KubernetesClientConfiguration configuration)
    {
        var handler = new SocketsHttpHandler
        {
            // A half-open connection is found by the HTTP/2 ping after 45 s.
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(15),
            ConnectTimeout = TimeSpan.FromSeconds(10),
            EnableMultipleHttp2Connections = true,
        };
        if (configuration.SkipTlsVerify)
            handler.SslOptions.RemoteCertificateValidationCallback = AcceptAny;
        else if (configuration.SslCaCerts is { Count: > 0 } authorities)
            handler.SslOptions.CertificateChainPolicy = Trust(authorities);
        if (ClientCertificate(configuration) is { } certificate)
        {
            handler.SslOptions.ClientCertificates = [certificate];
            // The server need not name the authorities of its clients, and then none would be picked.
            handler.SslOptions.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate;
        }

        return string.IsNullOrEmpty(configuration.TlsServerName) ? handler : new NamedServerHandler(configuration.TlsServerName, handler);
    }

    /// <summary>Certificate and key of the client, each given in place or as a file; null if there is none.</summary>
    private static X509Certificate2? ClientCertificate(KubernetesClientConfiguration configuration)
    {
        var certificate = ReadPem(configuration.ClientCertificateFilePath, configuration.ClientCertificateData);
        var key = ReadPem(configuration.ClientKeyFilePath, configuration.ClientCertificateKeyData);
        return certificate is null || key is null ? null : X509Certificate2.CreateFromPem(certificate, key);
    }

    private static string? ReadPem(string? file, string? base64)
    {
        if (!string.IsNullOrWhiteSpace(file))
            return File.ReadAllText(file);
        return string.IsNullOrWhiteSpace(base64) ? null : Encoding.UTF8.GetString(Convert.FromBase64String(base64));
    }

    /// <summary>The given authorities and no others; names are compared all the same.</summary>
    private static X509ChainPolicy Trust(X509Certificate2Collection authorities)
    {
        // Clusters have no revocation lists.
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }

    private static bool AcceptAny(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) => true;
}

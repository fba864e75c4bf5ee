using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;

namespace Provisioning.Chart.Tests.Bed;

/// <summary>Reads objects as they are now. What waits looks often, and kubectl takes a quarter of a second of processor for each look.</summary>
public static class ApiReads
{
    // Kept: a handshake costs more than the answer.
    private static readonly ConcurrentDictionary<string, HttpClient> Clients = new();

    /// <summary>Reads an object; null if it is not there.</summary>
    /// <param name="kubectl">Whose rights and namespace.</param>
    /// <param name="kind">Lease, or plural and group of one of our kinds.</param>
    /// <param name="name">Name.</param>
    public static async Task<JsonObject?> LookAsync(this Kubectl kubectl, string kind, string name)
    {
        var (group, plural) = kind == "lease" ? ("coordination.k8s.io/v1", "leases") : ("provisioning.dev/v1alpha1", kind.Split('.')[0]);
        using var answer = await Clients.GetOrAdd(kubectl.Kubeconfig, Connect).GetAsync(new Uri($"/apis/{group}/namespaces/{kubectl.Namespace}/{plural}/{name}", UriKind.Relative));
        var body = await answer.Content.ReadAsStringAsync();
        // A kind that is not served is not found either; only of an object the answer says which one.
        if (answer.StatusCode == HttpStatusCode.NotFound && body.Contains(name, StringComparison.Ordinal))
            return null;
        Assert.True(answer.IsSuccessStatusCode, $"{kind} {name} cannot be read ({answer.StatusCode}): {body}");
        return (JsonObject)JsonNode.Parse(body)!;
    }

    private static HttpClient Connect(string kubeconfig)
    {
        var config = Yaml.ReadAll(File.ReadAllText(kubeconfig)).Single();
        var cluster = config["clusters"]![0]!["cluster"]!;
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.Add(X509CertificateLoader.LoadCertificate(Convert.FromBase64String((string)cluster["certificate-authority-data"]!)));
        var client = new HttpClient(new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = trust } }) { BaseAddress = new((string)cluster["server"]!), Timeout = TimeSpan.FromMinutes(2) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string)config["users"]![0]!["user"]!["token"]!);
        return client;
    }
}

using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using k8s;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using Provisioning.Kubernetes.Rest;

namespace Provisioning.Kubernetes.Tests.Rest;

/// <summary>Whom the operator takes for its API server.</summary>
public sealed class ApiHandlerTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private readonly X509Certificate2 _authority = NewAuthority("cluster");
    private readonly X509Certificate2 _other = NewAuthority("other");
    private WebApplication? _server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_of_the_named_authority_under_its_own_name_is_accepted()
    {
        var address = await ServeAsync(NewCertificate(_authority, IPAddress.Loopback, null));
        Assert.Equal("nobody", await GetAsync(address, Trusting(_authority)));
    }

    [Fact]
    public async Task A_server_of_the_named_authority_under_another_name_is_refused()
    {
        var address = await ServeAsync(NewCertificate(_authority, null, "kubelet-7"));
        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(address, Trusting(_authority)));
    }

    [Fact]
    public async Task The_name_may_be_given_by_the_kubeconfig()
    {
        var address = await ServeAsync(NewCertificate(_authority, null, "api.cluster"));
        var configuration = Trusting(_authority);
        configuration.TlsServerName = "api.cluster";
        Assert.Equal("nobody", await GetAsync(address, configuration));
    }

    [Fact]
    public async Task A_server_of_another_authority_is_refused()
    {
        var address = await ServeAsync(NewCertificate(_other, IPAddress.Loopback, null));
        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(address, Trusting(_authority)));
    }

    [Fact]
    public async Task Without_an_authority_those_of_the_system_count()
    {
        var address = await ServeAsync(NewCertificate(_authority, IPAddress.Loopback, null));
        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(address, new()));
    }

    [Fact]
    public async Task Any_server_is_accepted_where_the_kubeconfig_says_so()
    {
        var address = await ServeAsync(NewCertificate(_other, null, "whoever"));
        Assert.Equal("nobody", await GetAsync(address, new() { SkipTlsVerify = true }));
    }

    [Fact]
    public async Task The_client_shows_its_certificate()
    {
        var address = await ServeAsync(NewCertificate(_authority, IPAddress.Loopback, null));
        using var client = NewCertificate(_authority, null, "provisioning-operator");
        var configuration = Trusting(_authority);
        configuration.ClientCertificateData = Base64(client.ExportCertificatePem());
        configuration.ClientCertificateKeyData = Base64(client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        Assert.Equal("CN=provisioning-operator", await GetAsync(address, configuration));
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _authority.Dispose();
        _other.Dispose();
    }

    private async Task<Uri> ServeAsync(X509Certificate2 certificate)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(https =>
        {
            https.ServerCertificate = certificate;
            https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
            https.AllowAnyClientCertificate();
        })));
        _server = builder.Build();
        _server.Run(context => context.Response.WriteAsync(context.Connection.ClientCertificate?.Subject ?? "nobody"));
        await _server.StartAsync(Cancellation);
        return new(_server.Urls.First());
    }

    private static async Task<string> GetAsync(Uri address, KubernetesClientConfiguration configuration)
    {
        using var client = new HttpClient(ApiHandler.Create(configuration));
        return await client.GetStringAsync(address, Cancellation);
    }

    private static KubernetesClientConfiguration Trusting(X509Certificate2 authority) => new() { SslCaCerts = [authority] };

    private static string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));

    private static X509Certificate2 NewAuthority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        return request.CreateSelfSigned(Now.AddDays(-1), Now.AddDays(1));
    }

    private static X509Certificate2 NewCertificate(X509Certificate2 authority, IPAddress? address, string? name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name ?? "server"}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (address is not null)
            names.AddIpAddress(address);
        if (name is not null)
            names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, Now.AddHours(-1), Now.AddHours(1), RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }
}

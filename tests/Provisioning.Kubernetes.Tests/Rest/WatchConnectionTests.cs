using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using k8s;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Provisioning.Kubernetes.Caching;
using Provisioning.Kubernetes.Tests.Contract;

namespace Provisioning.Kubernetes.Tests.Rest;

/// <summary>Over TLS, where HTTP/2 would carry everything on one connection.</summary>
public sealed class WatchConnectionTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_watch_shares_no_connection_with_writes()
    {
        using var certificate = SelfSigned();
        var connections = new ConcurrentDictionary<string, string>();
        await using var server = Serve(certificate, connections);
        await server.StartAsync(Stop);
        using var connection = Connections.From(new KubernetesClientConfiguration { Host = server.Urls.First(), SkipTlsVerify = true }, TimeProvider.System);
        var reflector = new ResourceReflector<Widget>(connection, Widget.Definition, new(), TimeProvider.System, new Random(1), NullLogger<ResourceReflector<Widget>>.Instance);

        using var end = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var run = reflector.RunAsync(end.Token);
        await reflector.WaitForSyncAsync(Stop);
        await connection.Client(Widget.Definition).GetAsync(new("default", "a"), Stop);
        await end.CancelAsync();
        await run;

        Assert.Equal(HttpProtocol.Http2, connections["protocol"]);
        Assert.NotEqual(connections["list"], connections["get"]);
    }

    private static WebApplication Serve(X509Certificate2 certificate, ConcurrentDictionary<string, string> connections)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            listen.UseHttps(certificate);
        }));
        var app = builder.Build();
        app.Run(async context =>
        {
            var verb = context.Request.Path.Value!.EndsWith("/a", StringComparison.Ordinal) ? "get" : context.Request.Query.ContainsKey("watch") ? "watch" : "list";
            connections[verb] = context.Connection.Id;
            connections["protocol"] = context.Request.Protocol;
            await context.Response.WriteAsync(
                verb == "get" ? Widget.Json("a") : """{"apiVersion":"example.com/v1","kind":"WidgetList","metadata":{"resourceVersion":"1"},"items":[]}""",
                context.RequestAborted);
        });
        return app;
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
    }
}

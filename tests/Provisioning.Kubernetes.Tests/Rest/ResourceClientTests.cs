using System.Net;
using System.Text;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Provisioning.Kubernetes.Queueing;
using Provisioning.Kubernetes.Rest;
using Provisioning.Kubernetes.Rest.BuiltIn;
using Provisioning.Kubernetes.Tests.Contract;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Kubernetes.Tests.Rest;

public sealed class ResourceClientTests : IAsyncLifetime
{
    private static readonly NamespacedName Key = new("default", "a");
    private FakeApiServer _server = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private IResourceClient<Widget> Client => _server.Connect().Client(Widget.Definition);

    public async ValueTask InitializeAsync() => _server = await FakeApiServer.StartAsync([Widget.FakeKind]);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_refusal_says_what_was_asked_of_which_object_and_what_the_server_said()
    {
        _server.Inject(new Fault.Refuse(403, "Forbidden"));
        var refusal = await Assert.ThrowsAsync<KubernetesApiException>(() => Client.GetAsync(Key, Stop));
        Assert.Equal(("Forbidden", HttpStatusCode.Forbidden), (refusal.Reason, refusal.StatusCode));
        Assert.Equal("The API server refused GET of widgets.contract.provisioning.test default/a: 403 Forbidden: said so by a test", refusal.Message);
    }

    [Fact]
    public async Task An_object_that_cannot_be_decoded_is_named()
    {
        _server.Put(Widget.FakeKind, Widget.Json("a", color: "Ultraviolet"));
        var failure = await Assert.ThrowsAsync<InvalidDataException>(() => Client.GetAsync(Key, Stop));
        Assert.Contains("default/a", failure.Message, StringComparison.Ordinal);
        Assert.Contains("$.spec.color", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_conflict_of_the_very_object_that_is_to_be_deleted_is_the_callers()
    {
        _server.Put(Widget.FakeKind, Widget.Json("a"));
        var uid = (string)_server.Find(Widget.FakeKind, "default", "a")!["metadata"]!["uid"]!;
        _server.Inject(new Fault.Refuse(409, "Conflict") { Verb = "delete" });
        Assert.True((await Assert.ThrowsAsync<KubernetesApiException>(() => Client.DeleteAsync(Key, uid, Stop))).IsConflict);
    }

    [Fact]
    public async Task Writes_name_the_field_manager()
    {
        await Client.CreateAsync(Widget.Named("a"), Stop);
        await Client.PatchAsync(Key, new System.Text.Json.Nodes.JsonObject(), PatchKind.Merge, "status", Stop);
        Assert.All(_server.Requests.All, call => Assert.Equal("?fieldManager=provisioning-operator", call.Query));
    }

    [Fact]
    public async Task Every_request_is_counted_by_method_and_code()
    {
        using var connection = Connections.To(_server.Address, TimeProvider.System);
        using var counted = new MetricCollector<long>(Connections.Meters, RuntimeMeter.Name, "rest_client_requests_total");
        Assert.Null(await connection.Client(Widget.Definition).GetAsync(Key, Stop));
        var mine = Assert.Single(counted.GetMeasurementSnapshot(), measured => (string?)measured.Tags["host"] == _server.Address.Authority);
        Assert.Equal(("GET", "404"), (mine.Tags["method"], mine.Tags["code"]));
    }

    [Fact]
    public async Task A_kubeconfig_leads_to_its_server_and_namespace()
    {
        var path = Path.Combine(Path.GetTempPath(), $"kubeconfig-{Guid.NewGuid():N}");
        await File.WriteAllTextAsync(path, _server.Kubeconfig(), Stop);
        try
        {
            using var connection = Connections.From(KubernetesConnection.LoadConfiguration(path), TimeProvider.System);
            Assert.Equal("default", connection.Namespace);
            Assert.Null(await connection.Client(Widget.Definition).GetAsync(Key, Stop));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("", "v1", "secrets", "ns", "a", null, "api/v1/namespaces/ns/secrets/a")]
    [InlineData("g.test", "v1", "things", "", null, null, "apis/g.test/v1/things")]
    [InlineData("g.test", "v1", "things", "", "a", "status", "apis/g.test/v1/things/a/status")]
    [InlineData("g.test", "v1", "things", "ns", "a/../b", null, "apis/g.test/v1/namespaces/ns/things/a%2F..%2Fb")]
    public void Paths_follow_group_scope_and_name(string group, string version, string plural, string ns, string? name, string? subresource, string path) =>
        Assert.Equal(path, ResourcePath.Of(Widget.Definition with { Group = group, Version = version, Plural = plural }, ns, name, subresource));

    [Fact]
    public void A_secret_does_not_print_its_values()
    {
        var secret = new Secret { Metadata = new() { Name = "s", Namespace = "n" }, Data = new Dictionary<string, byte[]> { ["k"] = Encoding.UTF8.GetBytes("hunter2") } };
        Assert.Equal("Secret n/s", $"{secret}");
    }

    [Fact]
    public async Task A_lease_has_six_digits_after_the_point()
    {
        await _server.Connect().Client(BuiltInResources.Leases).CreateAsync(
            new Lease { Metadata = new() { Name = "l", Namespace = "default" }, Spec = new() { RenewTime = new DateTimeOffset(2026, 1, 2, 5, 4, 5, TimeSpan.FromHours(2)) } }, Stop);
        var stored = _server.Find(FakeKind.BuiltIn.Single(kind => kind.Kind == "Lease"), "default", "l");
        Assert.Equal("2026-01-02T03:04:05.000000Z", (string?)stored!["spec"]!["renewTime"]);
    }
}

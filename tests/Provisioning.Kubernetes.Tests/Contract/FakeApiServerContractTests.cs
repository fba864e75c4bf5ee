using Provisioning.Kubernetes.Rest;
using Provisioning.Testing.ApiServer;

namespace Provisioning.Kubernetes.Tests.Contract;

public sealed class FakeApiServerContractTests : ApiServerContract, IAsyncLifetime
{
    private FakeApiServer? _server;
    private KubernetesConnection? _connection;

    protected override KubernetesConnection Connection => _connection!;

    public async ValueTask InitializeAsync()
    {
        _server = await FakeApiServer.StartAsync([Widget.FakeKind]);
        _connection = _server.Connect();
    }

    public ValueTask DisposeAsync() => _server!.DisposeAsync();
}

using Microsoft.Extensions.Logging.Abstractions;
using Provisioning.Engines.XCat.Tests.Support;
using Provisioning.Ssh;

[assembly: AssemblyFixture(typeof(SharedLogin))]

namespace Provisioning.Engines.XCat.Tests.Support;

/// <summary>The way to every management node of these tests: one session of a real sshd for all of them, since a login costs more than what most of them do.</summary>
public sealed class SharedLogin : IAsyncLifetime
{
    private readonly SshServer _server = new();
    private readonly SshConnector _connector = new(TimeProvider.System, NullLoggerFactory.Instance);
    private readonly SemaphoreSlim _gate = new(1, 1);
    private ISshSession? _session;

    public static SharedLogin Instance { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await _server.PrepareAsync();
        Instance = this;
    }

    public async Task<ISshSession> SessionAsync()
    {
        await _gate.WaitAsync();
        try
        {
            return _session ??= await _connector.ConnectAsync(
                new() { Address = _server.Address, Port = _server.Port, User = Environment.UserName, HostKeys = [_server.HostKey], Credentials = _server.Login },
                CancellationToken.None);
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_session is not null)
            await _session.DisposeAsync();
        await _server.DisposeAsync();
        _gate.Dispose();
    }
}

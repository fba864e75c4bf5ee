using Microsoft.Extensions.Logging.Abstractions;
using Provisioning.Engines.Configuration.Tests.Support;
using Provisioning.Ssh;

[assembly: AssemblyFixture(typeof(SharedHost))]

namespace Provisioning.Engines.Configuration.Tests.Support;

/// <summary>One real sshd with one login for all tests of conformance: a login costs more than what most of them do.</summary>
public sealed class SharedHost : IAsyncLifetime
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private ISshSession? _session;

    public static SharedHost Instance { get; private set; } = null!;

    public SshServer Ssh { get; } = new();

    public async ValueTask InitializeAsync()
    {
        await Ssh.PrepareAsync();
        Instance = this;
    }

    public async Task<ISshSession> SessionAsync(SshEndpoint endpoint)
    {
        await _gate.WaitAsync();
        try
        {
            return _session ??= await new SshConnector(TimeProvider.System, NullLoggerFactory.Instance).ConnectAsync(endpoint, CancellationToken.None);
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
        await Ssh.DisposeAsync();
        _gate.Dispose();
    }
}

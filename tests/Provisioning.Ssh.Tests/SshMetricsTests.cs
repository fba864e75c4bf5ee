using System.Diagnostics.Metrics;
using Provisioning.Ssh.Tests.Support;

namespace Provisioning.Ssh.Tests;

public sealed class SshMetricsTests : IClassFixture<LoginServer>, IDisposable
{
    // The meter is that of the process: only what this test itself causes is taken.
    private static readonly AsyncLocal<bool> IsMine = new();

    private readonly LoginServer _server;
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, long> _counted = [];

    public SshMetricsTests(LoginServer server)
    {
        _server = server;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == SshMetrics.MeterName)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            if (!IsMine.Value)
                return;
            var name = tags.Length > 0 ? $"{instrument.Name} {tags[0].Value}" : instrument.Name;
            _counted[name] = _counted.GetValueOrDefault(name) + value;
        });
        _listener.Start();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task A_session_counts_while_it_is_open()
    {
        IsMine.Value = true;
        var session = await _server.Connector.ConnectAsync(_server.Endpoint, Token);
        Assert.Equal((1, 1), (_counted["provisioning_ssh_sessions"], _counted["provisioning_ssh_logins_total Accepted"]));
        await session.DisposeAsync();
        await session.DisposeAsync();
        Assert.Equal(0, _counted["provisioning_ssh_sessions"]);
    }

    [Fact]
    public async Task A_login_that_fails_counts_under_its_reason()
    {
        IsMine.Value = true;
        await Assert.ThrowsAsync<SshFailureException>(() => _server.Connector.ConnectAsync(_server.Endpoint with { Port = Ports.Free() }, Token));
        Assert.Equal(1, _counted["provisioning_ssh_logins_total Unreachable"]);
        Assert.DoesNotContain("provisioning_ssh_sessions", _counted.Keys);
    }
}

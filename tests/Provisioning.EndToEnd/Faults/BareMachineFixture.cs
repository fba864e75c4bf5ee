using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Faults;

/// <summary>A bare machine that the tests of one class share. Every test begins with it Ready.</summary>
/// <param name="bed">The bed.</param>
public sealed class BareMachineFixture(TestBed bed) : IAsyncLifetime
{
    private Lab? _lab;

    /// <summary>The machine.</summary>
    public BareMachine Machine { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _lab = await bed.NewLabAsync("fault");
        Machine = new(_lab, "vm");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_lab is not null)
            await _lab.DisposeAsync();
    }

    /// <summary>Takes away what a test that failed may have left, and waits until the machine is as declared.</summary>
    public async Task<BareMachine> ReadyAsync()
    {
        await bed.Host.MendAsync();
        await bed.Host.StartAsync();
        await bed.Operator.StartAsync();
        await Machine.PrepareAsync();
        return Machine;
    }
}

using Provisioning.Engines;

namespace Provisioning.Operator.Engines;

/// <summary>An engine in use by many, disposed of when it was retired and the last user is done.</summary>
internal sealed class SharedEngine(IProvisioningEngine engine, string version)
{
    // One for the registry itself.
    private int _users = 1;

    /// <summary>Identity of the settings and login that the engine was made from.</summary>
    public string Version => version;

    /// <summary>Takes it into use.</summary>
    public EngineLease Lease()
    {
        Interlocked.Increment(ref _users);
        return new(engine, version, ReleaseAsync);
    }

    /// <summary>The registry does not hand it out any more.</summary>
    public Task RetireAsync() => ReleaseAsync();

    private async Task ReleaseAsync()
    {
        if (Interlocked.Decrement(ref _users) == 0)
            await engine.DisposeAsync();
    }
}

/// <summary>An engine while it is used.</summary>
/// <param name="Engine">The engine.</param>
/// <param name="Version">Identity of its settings and login.</param>
/// <param name="Release">Called once when it is no longer used.</param>
internal sealed record EngineLease(IProvisioningEngine Engine, string Version, Func<Task> Release) : IAsyncDisposable
{
    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await Release();
}

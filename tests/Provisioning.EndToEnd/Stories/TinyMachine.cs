using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Stories;

/// <summary>A small machine that the tests of one class share, since each boot takes its time. Every test begins with it Ready.</summary>
public sealed class TinyMachine(TestBed bed) : IAsyncLifetime
{
    /// <summary>Name of its Node.</summary>
    public const string Name = "vm";

    /// <summary>Where a test that spoils currentimage.txt keeps the true one.</summary>
    public const string KeptFile = "kept.txt";

    private Lab? _lab;

    /// <summary>Its namespace.</summary>
    public Lab Lab => _lab!;

    /// <summary>Its inside.</summary>
    public Guest Guest => Lab.GuestOf(Name);

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _lab = await bed.NewLabAsync("tiny");
        await Lab.LoadedNodeAsync(Name, "tiny-a");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_lab is not null)
            await _lab.DisposeAsync();
    }

    /// <summary>Its domain.</summary>
    public Task<Machine> MachineAsync() => Lab.MachineAsync(Name);

    /// <summary>Takes away what a test that failed may have left, and waits until the machine is as declared.</summary>
    public async Task EnsureReadyAsync()
    {
        await Lab.Host.MendAsync();
        await Lab.Host.StartAsync();
        await bed.Operator.StartAsync();
        await Lab.Kubectl.ApplyAsync(Lab.NewProvisioner());
        await Lab.ChangeAsync(Name, $$"""{"powerState":"PoweredOn","operatingSystem":{"port":{{Lab.PortOf(Name)}} } }""");
        await Guest.TryAsync($"! [ -e {KeptFile} ] || mv -f {KeptFile} currentimage.txt");
        await Lab.UntilReadyAsync(Name);
    }

    /// <summary>Waits until the operator has looked at the machine so many times more.</summary>
    public async Task LooksAsync(int count)
    {
        var machine = await MachineAsync();
        var mark = Lab.Host.Commands.Mark();
        await Lab.UntilAsync(
            $"the operator has looked {count} times more",
            () => Task.FromResult(Lab.Host.Commands.Since(mark).Count(command => command.Verb == "domstate" && command.Arguments.Contains(machine.Uuid)) > count),
            TimeSpan.FromMinutes(2));
    }
}

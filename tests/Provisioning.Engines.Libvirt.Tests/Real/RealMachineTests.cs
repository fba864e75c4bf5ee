using Microsoft.Extensions.Logging.Abstractions;
using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Conformance;
using Provisioning.Engines.Libvirt.Machines;
using Provisioning.Engines.Libvirt.Tests.Support;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;
using Provisioning.Ssh;

namespace Provisioning.Engines.Libvirt.Tests.Real;

/// <summary>The whole engine against a real VM host. Every load makes a new engine in its middle, as a restarted operator would.</summary>
public sealed class RealMachineTests : IAsyncDisposable
{
    private readonly VmHost _host = VmHost.Required();
    private readonly List<Driver> _drivers = [];
    private LibvirtEngine _engine;

    public RealMachineTests() => _engine = _host.NewEngine();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var driver in _drivers)
            await driver.RunAsync(driver.Begin(OperationKind.Unload), (operation, _) => _engine.UnloadAsync(operation, CancellationToken.None));
        await _engine.DisposeAsync();
    }

    [Fact]
    public async Task The_host_can_be_used()
    {
        var report = await _engine.ProbeAsync(Token);

        Assert.True(report.Reachable.IsYes, report.Reachable.Detail);
        Assert.Contains("libvirt", report.Version);
    }

    [Fact]
    public async Task A_machine_is_captured_and_its_clone_is_another_machine()
    {
        var first = _host.Image("tiny-a");
        var driver = NewDriver("node-1");
        var machine = new Machine(_host.Spec, driver.Node);
        Assert.True((await ObserveAsync(driver)).Exists.IsNo);

        await LoadAsync(driver, first);
        var ready = await ObserveAsync(driver);
        Assert.Equal((PowerValue.On, FactValue.Yes, FactValue.Yes, first.Digest), (ready.Power.Value, ready.Ssh.Value, ready.Configured.Value, ready.EngineImage));
        Assert.Equal(first.RevisionId, ready.CurrentImage.RevisionId);
        Assert.DoesNotContain(first.SshHostKeys[0], driver.Node.SshHostKeys);
        Assert.Single(await _host.CallsAsync("virsh", "start", machine.Uuid));
        Assert.Single(await _host.CallsAsync("virsh", "define", machine.Uuid));

        var reborn = await _engine.ObserveAsync(driver.Node with { Uid = Guid.NewGuid().ToString(), SshHostKeys = [], LoadedImage = null }, Token);
        Assert.Equal((FactValue.Yes, first.RevisionId), (reborn.Ssh.Value, reborn.CurrentImage.RevisionId));

        var captured = (await driver.SucceedAsync(
            driver.Begin(OperationKind.Capture, capture: new() { ImageName = "golden", Revision = "1", Preparation = CapturePreparation.OperatingSystem, UncleanShutdown = UncleanShutdownPolicy.Fail }),
            _engine.CaptureAsync)).CapturedImage!;
        var golden = new ImageTarget { Name = "golden", Revision = "1", Digest = captured.Digest, Format = captured.Format, FileName = captured.FileName, SshHostKeys = [.. captured.SshHostKeys] };
        Assert.Equal(PowerValue.Off, (await ObserveAsync(driver)).Power.Value);

        var clone = NewDriver("node-2");
        await LoadAsync(clone, golden);
        var cloned = await ObserveAsync(clone);
        Assert.Equal((golden.RevisionId, FactValue.Yes), (cloned.CurrentImage.RevisionId, cloned.Configured.Value));
        Assert.Empty(clone.Node.SshHostKeys.Intersect(driver.Node.SshHostKeys));

        Assert.Equal(OperationPhase.Failed, (await _engine.DeleteImageAsync(golden, Token)).Phase);
        await clone.SucceedAsync(clone.Begin(OperationKind.Unload), _engine.UnloadAsync);
        Assert.Equal(OperationPhase.Succeeded, (await _engine.DeleteImageAsync(golden, Token)).Phase);
    }

    [Fact]
    public async Task What_happens_behind_our_back_is_seen_and_repaired()
    {
        var driver = NewDriver("node-3");
        var machine = new Machine(_host.Spec, driver.Node);
        await LoadAsync(driver, _host.Image("tiny-a"));

        await OnHostAsync("virsh", "-q", "destroy", machine.Uuid);
        Assert.Equal((FactValue.Yes, PowerValue.Off), ((await ObserveAsync(driver)).Exists.Value, (await ObserveAsync(driver)).Power.Value));

        // Whatever somebody calls it, it is the same machine.
        var image = _host.Image("tiny-a").Digest;
        await OnHostAsync("virsh", "-q", "domrename", machine.Uuid, "somebodys-choice");
        var renamed = await ObserveAsync(driver);
        Assert.Equal((FactValue.Yes, PowerValue.Off, image), (renamed.Exists.Value, renamed.Power.Value, renamed.EngineImage));

        // As on a host to which its files were moved: that libvirt has never heard of it, and no operation was ever counted there.
        await OnHostAsync("virsh", "-q", "undefine", machine.Uuid);
        await OnHostAsync("rm", "-f", machine.FenceFile);
        var disk = (await _host.ShellAsync("ls", machine.Directory)).Output.Split('\n').Single(name => name.StartsWith("disk-", StringComparison.Ordinal));
        var undefined = await ObserveAsync(driver);
        Assert.Equal(image, undefined.EngineImage);
        Assert.Equal((FactValue.Yes, PowerValue.Off), (undefined.Exists.Value, undefined.Power.Value));
        await driver.SucceedAsync(driver.Begin(OperationKind.PowerOn), _engine.PowerOnAsync);
        Assert.Equal(PowerValue.On, (await ObserveAsync(driver)).Power.Value);
        await UntilAsync(async () => (await ObserveAsync(driver)).Ssh.IsYes);
        Assert.Contains($"{disk}\n", (await _host.ShellAsync("ls", machine.Directory)).Output, StringComparison.Ordinal);
        Assert.Contains(disk, (await _host.ShellAsync("virsh", "-q", "domblklist", machine.Uuid)).Output, StringComparison.Ordinal);

        // A virsh that does not know of the machine while it runs: nothing is certain, and nothing is done. Of other machines it tells the truth, since other tests run on this host.
        await File.WriteAllTextAsync(
            Path.Combine(_host.Faults, "virsh"),
            $"""case " $* " in *" list "*) "$REAL" "$@" | grep -v {machine.Uuid}; exit 0 ;; *{machine.Uuid}*) exit 0 ;; esac""" + "\n",
            Token);
        try
        {
            Assert.Equal((PowerValue.Unknown, Reasons.UnexpectedAnswer), ((await ObserveAsync(driver)).Power.Value, (await ObserveAsync(driver)).Power.Reason));
        }
        finally
        {
            File.Delete(Path.Combine(_host.Faults, "virsh"));
        }

        await driver.SucceedAsync(driver.Begin(OperationKind.Unload), _engine.UnloadAsync);
        Assert.True((await ObserveAsync(driver)).Exists.IsNo);
        Assert.False(Directory.Exists(machine.Directory));
    }

    private Driver NewDriver(string name)
    {
        var driver = new Driver(_host.Node(name)) { IdPrefix = $"{name}-", Timeouts = new() { SoftPowerOffSeconds = 120, BootSeconds = 300 }, LongestPoll = TimeSpan.FromSeconds(2) };
        _drivers.Add(driver);
        return driver;
    }

    private Task<Observation> ObserveAsync(Driver driver) => _engine.ObserveAsync(driver.Node, Token);

    private async Task LoadAsync(Driver driver, ImageTarget image)
    {
        driver.Node = driver.Node with { DesiredImage = image };
        var operation = driver.Begin(OperationKind.Load, image);
        await driver.SucceedAsync(operation, async (context, token) =>
        {
            // Answers of every other call are lost with the operator that asked.
            if (context.Operation.Step is { } step && step.Length % 2 == 0)
            {
                await using var dying = _host.NewEngine();
                await dying.LoadAsync(context, token);
            }

            return await _engine.LoadAsync(context, token);
        });
        driver.Node = driver.Node with { LoadedImage = new() { Name = image.Name, Revision = image.Revision, Digest = image.Digest, OperationId = operation.Operation.Id } };
    }

    private async Task OnHostAsync(params string[] command)
    {
        var result = await _host.ShellAsync(command);
        Assert.True(result.IsSuccess, result.Error);
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        for (var attempt = 0; attempt < 180; attempt++)
        {
            if (await condition())
                return;
            await Task.Delay(2000, Token);
        }

        Assert.Fail("It did not come to pass within six minutes.");
    }
}

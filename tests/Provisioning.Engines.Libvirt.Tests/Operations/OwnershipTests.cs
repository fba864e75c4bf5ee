using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Libvirt.Machines;
using Provisioning.Engines.Libvirt.Tests.Support;
using Provisioning.Engines.Operations;

namespace Provisioning.Engines.Libvirt.Tests.Operations;

public sealed class OwnershipTests : EngineTestBase
{
    [Fact]
    public async Task A_machine_that_somebody_starts_during_an_unload_keeps_its_disk()
    {
        await LoadAsync(await _host.MakeImageAsync("tiny"));
        _driver.After = (_, _) =>
        {
            _host.Touch($"domains/{Machine.Uuid}.state", "running");
            return Task.CompletedTask;
        };

        var outcome = await _driver.RunAsync(_driver.Begin(OperationKind.Unload), _engine.UnloadAsync);

        Assert.Equal(OperationPhase.Failed, outcome.Phase);
        Assert.Single(Directory.GetFiles(Machine.Directory, "disk-*.qcow2"));
    }

    [Fact]
    public async Task An_older_operation_is_refused()
    {
        var old = _driver.Begin(OperationKind.Load, await _host.MakeImageAsync("tiny"));
        await LoadAsync(await _host.MakeImageAsync("other"));
        var effects = _host.Effects.Count;

        var outcome = await _driver.RunAsync(old, _engine.LoadAsync);

        Assert.Equal((Reasons.Fenced, FailureKind.NeedsPerson), (outcome.Reason, outcome.FailureKind));
        Assert.Equal(effects, _host.Effects.Count);
    }

    [Fact]
    public async Task A_foreign_domain_is_never_touched()
    {
        var image = await _host.MakeImageAsync("tiny");
        _host.Touch($"domains/{Machine.Uuid}.xml", $"<domain><name>theirs</name>\n<uuid>{Machine.Uuid}</uuid></domain>");
        _host.Touch($"domains/{Machine.Uuid}.state", "running");

        foreach (var verb in (Func<OperationContext, CancellationToken, Task<OperationOutcome>>[])[_engine.LoadAsync, _engine.PowerOnAsync, OffAsync, _engine.PowerResetAsync, _engine.UnloadAsync, _engine.CaptureAsync])
        {
            var outcome = await _driver.RunAsync(_driver.Begin(OperationKind.Load, image, Capture), verb);
            Assert.Equal((OperationPhase.Failed, FailureKind.NeedsPerson, Reasons.MachineNotOurs), (outcome.Phase, outcome.FailureKind, outcome.Reason));
            Assert.Contains("mark of this product", outcome.Message);
        }

        Assert.Empty(_host.Effects);
    }

    [Fact]
    public async Task A_domain_of_our_name_and_another_uuid_is_never_touched()
    {
        const string Other = "11111111-2222-3333-4444-555555555555";
        _host.Touch($"domains/{Other}.xml", $"<domain><name>{Machine.DomainName}</name>\n<uuid>{Other}</uuid></domain>");
        _host.Touch($"domains/{Other}.state", "running");

        var outcome = await _driver.RunAsync(_driver.Begin(OperationKind.Load, await _host.MakeImageAsync("tiny")), _engine.LoadAsync);

        Assert.Equal(Reasons.MachineNotOurs, outcome.Reason);
        Assert.Contains(Other, outcome.Message);
        Assert.Empty(_host.Effects);
        var seen = await _engine.ObserveAsync(_driver.Node, Token);
        Assert.Equal((FactValue.Unknown, Reasons.MachineNotOurs), (seen.Exists.Value, seen.Exists.Reason));
        var unasked = FakeHost.Node(OperatingSystemType.None);
        Assert.Equal(Reasons.MachineNotOurs, (await _engine.GetCurrentImageAsync(unasked, Token)).Reason);
    }

    [Fact]
    public async Task Unload_leaves_nothing_and_can_be_repeated()
    {
        var image = await _host.MakeImageAsync("tiny");
        await LoadAsync(image);
        var operation = _driver.Begin(OperationKind.Unload);

        await _driver.SucceedAsync(operation, _engine.UnloadAsync);
        await _driver.SucceedAsync(operation, _engine.UnloadAsync);

        var seen = await _engine.ObserveAsync(_driver.Node, Token);
        Assert.Equal((FactValue.No, PowerValue.Off, FactValue.No), (seen.Exists.Value, seen.Power.Value, seen.CurrentImage.Found));
        Assert.False(Directory.Exists(Machine.Directory));
        Assert.True(File.Exists(Path.Combine(_host.Spec.ImageDirectory, image.FileName)));
    }

    [Fact]
    public async Task A_machine_that_somebody_renamed_is_found_by_its_identity()
    {
        var image = await _host.MakeImageAsync("tiny");
        await LoadAsync(image);
        _host.Touch($"domains/{Machine.Uuid}.xml", DefinitionText().Replace($"<name>{Machine.DomainName}</name>", "<name>somebodys-choice</name>", StringComparison.Ordinal));

        var seen = await _engine.ObserveAsync(_driver.Node, Token);
        var off = await _driver.RunAsync(_driver.Begin(OperationKind.PowerOff), OffAsync);

        Assert.Equal((FactValue.Yes, image.Digest, OperationPhase.Succeeded), (seen.Exists.Value, seen.EngineImage, off.Phase));
        Assert.Equal(PowerValue.Off, (await _engine.ObserveAsync(_driver.Node, Token)).Power.Value);
    }

    /// <summary>As after moving the machine's directory to another VM host, where libvirt has never heard of it and no operation was ever counted.</summary>
    [Fact]
    public async Task A_machine_whose_files_were_moved_to_another_host_runs_there_from_the_same_disk()
    {
        var image = await _host.MakeImageAsync("tiny");
        await LoadAsync(image);
        var disk = Assert.Single(Directory.GetFiles(Machine.Directory, "disk-*.qcow2"));
        foreach (var file in Directory.GetFiles(Path.Combine(_host.Root, "domains")))
            File.Delete(file);
        Directory.Delete(Path.Combine(_host.Spec.MachineDirectory, ".fences"), recursive: true);

        var seen = await _engine.ObserveAsync(_driver.Node, Token);
        await _driver.SucceedAsync(_driver.Begin(OperationKind.PowerOn), _engine.PowerOnAsync);

        Assert.Equal((FactValue.Yes, PowerValue.Off, image.Digest), (seen.Exists.Value, seen.Power.Value, seen.EngineImage));
        Assert.Equal(disk, Assert.Single(Directory.GetFiles(Machine.Directory, "disk-*.qcow2")));
        Assert.Contains(disk, DefinitionText());
        Assert.Equal(PowerValue.On, (await _engine.ObserveAsync(_driver.Node, Token)).Power.Value);
    }
}

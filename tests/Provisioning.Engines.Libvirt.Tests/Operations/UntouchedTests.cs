using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Libvirt.Machines;

namespace Provisioning.Engines.Libvirt.Tests.Operations;

/// <summary>What a failure says about what was on the machine before.</summary>
public sealed class UntouchedTests : EngineTestBase
{
    [Fact]
    public async Task A_load_that_cannot_make_its_disk_leaves_the_old_one()
    {
        await LoadAsync(await _host.MakeImageAsync("tiny"));
        var image = await _host.MakeImageAsync("other");
        _driver.After = (_, outcome) => outcome.Step == "CreateDisk" ? File.AppendAllTextAsync(Machine.ImagePath(image.FileName), "x", Token) : Task.CompletedTask;

        var outcome = await _driver.RunAsync(_driver.Begin(OperationKind.Load, image), _engine.LoadAsync);

        Assert.Equal((Reasons.ImageDigestMismatch, true), (outcome.Reason, outcome.MachineUntouched));
    }

    [Fact]
    public async Task A_load_that_is_resumed_at_an_early_step_after_the_switch_does_not_claim_that_the_old_disk_is_there()
    {
        await LoadAsync(await _host.MakeImageAsync("tiny"));
        var image = await _host.MakeImageAsync("other");
        _driver.After = async (operation, outcome) =>
        {
            if (outcome.Step != "WaitForBoot")
                return;
            operation.Operation.Step = "CreateDisk";
            Directory.Delete(Path.Combine(Machine.Directory, "jobs", operation.Operation.Id, "CreateDisk"), recursive: true);
            await File.AppendAllTextAsync(Machine.ImagePath(image.FileName), "x", Token);
        };

        var outcome = await _driver.RunAsync(_driver.Begin(OperationKind.Load, image), _engine.LoadAsync);

        Assert.Equal((Reasons.ImageDigestMismatch, false), (outcome.Reason, outcome.MachineUntouched));
    }

    [Theory]
    [InlineData("CreateDisk", true)]
    [InlineData("WaitForBoot", false)]
    public async Task A_foreign_domain_that_appears_during_a_load_harms_nothing_before_the_switch_only(string step, bool untouched)
    {
        await LoadAsync(await _host.MakeImageAsync("tiny"));
        _driver.After = (_, outcome) =>
        {
            if (outcome.Step == step)
                _host.Touch($"domains/{Machine.Uuid}.xml", $"<domain><name>theirs</name>\n<uuid>{Machine.Uuid}</uuid></domain>");
            return Task.CompletedTask;
        };

        var outcome = await _driver.RunAsync(_driver.Begin(OperationKind.Load, await _host.MakeImageAsync("other")), _engine.LoadAsync);

        Assert.Equal((Reasons.MachineNotOurs, untouched), (outcome.Reason, outcome.MachineUntouched));
    }

    [Fact]
    public async Task A_foreign_domain_that_appears_after_a_machine_was_prepared_does_not_undo_the_preparation()
    {
        await LoadAsync(await _host.MakeImageAsync("tiny"));
        _driver.After = (_, outcome) =>
        {
            if (outcome.Step == "CheckSpace")
                _host.Touch($"domains/{Machine.Uuid}.xml", $"<domain><name>theirs</name>\n<uuid>{Machine.Uuid}</uuid></domain>");
            return Task.CompletedTask;
        };

        var outcome = await _driver.RunAsync(_driver.Begin(OperationKind.Capture, capture: Capture), _engine.CaptureAsync);

        Assert.Equal((Reasons.MachineNotOurs, false), (outcome.Reason, outcome.MachineUntouched));
    }
}

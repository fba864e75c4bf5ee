using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Libvirt.Machines;
using Provisioning.Engines.Operations;

namespace Provisioning.Engines.Libvirt.Tests.Operations;

public sealed class PowerTests : EngineTestBase
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task A_reset_happens_exactly_once_whatever_answer_is_lost(int lost)
    {
        await LoadAsync(await _host.MakeImageAsync("tiny"));
        _host.LostAnswer = _host.Commands + lost;

        await _driver.SucceedAsync(_driver.Begin(OperationKind.PowerReset), _engine.PowerResetAsync);

        Assert.Single(_host.Effects, effect => effect.StartsWith("reset", StringComparison.Ordinal));
        Assert.Equal(2, _host.Boots);
    }

    [Fact]
    public async Task Another_operation_resets_again()
    {
        await LoadAsync(await _host.MakeImageAsync("tiny"));

        await _driver.SucceedAsync(_driver.Begin(OperationKind.PowerReset), _engine.PowerResetAsync);
        await _driver.SucceedAsync(_driver.Begin(OperationKind.PowerReset), _engine.PowerResetAsync);

        Assert.Equal(3, _host.Boots);
    }

    [Fact]
    public async Task A_guest_that_answers_as_before_a_reset_is_not_taken_for_a_new_one()
    {
        await LoadAsync(await _host.MakeImageAsync("tiny"));
        var boots = File.ReadAllText(Path.Combine(_host.Root, "boots"));
        _driver.After = (_, _) =>
        {
            File.WriteAllText(Path.Combine(_host.Root, "boots"), boots);
            return Task.CompletedTask;
        };

        var outcome = await _driver.RunAsync(_driver.Begin(OperationKind.PowerReset), _engine.PowerResetAsync);

        Assert.Equal((OperationPhase.Failed, Reasons.BootTimedOut), (outcome.Phase, outcome.Reason));
    }

    [Fact]
    public async Task Power_off_asks_again_and_then_cuts_the_power()
    {
        await LoadAsync(await _host.MakeImageAsync("tiny"));
        _host.Touch("deaf");
        _driver.Timeouts = new() { SoftPowerOffSeconds = 100 };

        var outcome = await _driver.SucceedAsync(_driver.Begin(OperationKind.PowerOff), OffAsync);

        Assert.Equal(4, _host.Effects.Count(effect => effect.StartsWith("shutdown", StringComparison.Ordinal)));
        Assert.Single(_host.Effects, effect => effect.StartsWith("destroy", StringComparison.Ordinal));
        Assert.Contains("power was cut", outcome.Message);
        Assert.Equal(PowerValue.Off, (await _engine.ObserveAsync(_driver.Node, Token)).Power.Value);
    }

    [Theory]
    [InlineData("running", "The machine is on.")]
    [InlineData("paused", "virsh resume test-lab-node-1")]
    [InlineData("pmsuspended", "virsh dompmwakeup test-lab-node-1")]
    [InlineData("crashed", "spec.powerResetToken")]
    public async Task A_machine_that_is_on_and_does_nothing_is_on_with_advice(string state, string advice)
    {
        await LoadAsync(await _host.MakeImageAsync("tiny"));
        _host.Touch($"domains/{Machine.Uuid}.state", state);

        var outcome = await _driver.SucceedAsync(_driver.Begin(OperationKind.PowerOn), _engine.PowerOnAsync);

        Assert.Contains(advice, outcome.Message);
        Assert.Equal(PowerValue.On, (await _engine.ObserveAsync(_driver.Node, Token)).Power.Value);
    }

    [Fact]
    public async Task Power_states_that_are_already_there_are_success_without_an_effect()
    {
        await LoadAsync(await _host.MakeImageAsync("tiny"));
        await _driver.SucceedAsync(_driver.Begin(OperationKind.PowerOn), _engine.PowerOnAsync);
        await _driver.SucceedAsync(_driver.Begin(OperationKind.PowerOff), OffAsync);
        var effects = _host.Effects.Count;

        await _driver.SucceedAsync(_driver.Begin(OperationKind.PowerOff), OffAsync);

        Assert.Equal(effects, _host.Effects.Count);
    }

    [Fact]
    public async Task Power_on_takes_over_changed_hardware_and_mends_a_lost_definition()
    {
        await LoadAsync(await _host.MakeImageAsync("tiny"));
        await _driver.SucceedAsync(_driver.Begin(OperationKind.PowerOff), OffAsync);
        _driver.Node = _driver.Node with { Spec = new() { OperatingSystem = _driver.Node.Spec.OperatingSystem, Hardware = new() { Cpus = 3 } } };
        await _driver.SucceedAsync(_driver.Begin(OperationKind.PowerOn), _engine.PowerOnAsync);
        Assert.Contains("<vcpu>3</vcpu>", DefinitionText());

        foreach (var file in Directory.GetFiles(Path.Combine(_host.Root, "domains")))
            File.Delete(file);
        var seen = await _engine.ObserveAsync(_driver.Node, Token);
        Assert.Equal((FactValue.Yes, PowerValue.Off), (seen.Exists.Value, seen.Power.Value));
        await _driver.SucceedAsync(_driver.Begin(OperationKind.PowerOn), _engine.PowerOnAsync);
        Assert.Equal(PowerValue.On, (await _engine.ObserveAsync(_driver.Node, Token)).Power.Value);
    }

    [Fact]
    public async Task A_machine_that_goes_off_at_once_is_not_reported_as_on()
    {
        await LoadAsync(await _host.MakeImageAsync("tiny"));
        await _driver.SucceedAsync(_driver.Begin(OperationKind.PowerOff), OffAsync);
        _driver.After = (_, _) =>
        {
            _host.Touch($"domains/{Machine.Uuid}.state", "shut off");
            return Task.CompletedTask;
        };

        var outcome = await _driver.RunAsync(_driver.Begin(OperationKind.PowerOn), _engine.PowerOnAsync);

        Assert.Equal(Reasons.CommandFailed, outcome.Reason);
        Assert.Equal(2, _host.Boots);
    }

    [Fact]
    public async Task Power_on_without_a_disk_says_that_an_image_is_needed()
    {
        var outcome = await _driver.RunAsync(_driver.Begin(OperationKind.PowerOn), _engine.PowerOnAsync);

        Assert.Equal((Reasons.MachineMissing, FailureKind.NeedsPerson), (outcome.Reason, outcome.FailureKind));
        Assert.Contains("imageRef", outcome.Message);
    }
}

using Microsoft.Extensions.Logging.Abstractions;
using Provisioning.Api;
using Provisioning.Api.Images;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Conformance;
using Provisioning.Engines.Lab.Operations;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;
using Provisioning.OperatingSystems.Linux;
using Provisioning.Ssh;

namespace Provisioning.Engines.Lab.Tests;

/// <summary>The life of a machine with a real sshd and the real Linux module.</summary>
public sealed class LabMachineTests : IAsyncLifetime
{
    private static readonly ImageTarget Image = new() { Name = "lab-2027", Revision = "1", Digest = "sha256:" + new string('a', 64), Format = ImageFormat.Raw, FileName = "none" };

    private readonly LabMachine _machine = new();
    private LabEngine _engine = null!;
    private Driver _driver = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(LabMachine.IsPossible, "needs root, to make a root file system and name spaces");
        await _machine.PrepareAsync();
        _engine = NewEngine();
        _driver = new(Node()) { LongestPoll = TimeSpan.FromSeconds(1), Timeouts = new() { BootSeconds = 60, SoftPowerOffSeconds = 5 } };
    }

    public ValueTask DisposeAsync() => _machine.DisposeAsync();

    [Fact]
    public async Task A_machine_that_names_no_image_is_prepared_and_keeps_its_host_key_its_name_and_its_disk()
    {
        var before = await ObserveAsync();
        Assert.Equal((FactValue.Yes, FactValue.Yes, PowerValue.On, FactValue.No), (before.Exists.Value, before.Ssh.Value, before.Power.Value, before.CurrentImage.Found));

        var outcome = await _driver.SucceedAsync(_driver.Begin(OperationKind.Load, Image), _engine);

        var seen = await ObserveAsync();
        Assert.Equal((Image.RevisionId, FactValue.Yes, FactValue.No), (seen.CurrentImage.RevisionId, seen.Configured.Value, seen.Tainted.Value));
        Assert.Equal("The machine names lab-2027 revision 1 and is configured.", outcome.Message);
        Assert.Equal("pc-of-the-lab\n", await File.ReadAllTextAsync(_machine.PathOf("/etc/hostname"), Token));
        Assert.StartsWith(_machine.HostKey, await File.ReadAllTextAsync(_machine.PathOf("/etc/ssh/ssh_host_ed25519_key.pub"), Token), StringComparison.Ordinal);
        Assert.Equal(before.BootId, seen.BootId);
        await _driver.SucceedAsync(_driver.Begin(OperationKind.Load, Image), _engine);
        await _driver.SucceedAsync(_driver.Begin(OperationKind.PostLoad, Image), _engine);
        Assert.Equal(Image.RevisionId, (await ObserveAsync()).CurrentImage.RevisionId);
    }

    [Fact]
    public async Task A_machine_that_names_another_image_is_left_alone_and_a_person_is_asked()
    {
        await _driver.SucceedAsync(_driver.Begin(OperationKind.Load, Image), _engine);
        var text = await File.ReadAllTextAsync(_machine.PathOf("/root/currentimage.txt"), Token);

        var outcome = await _driver.RunAsync(_driver.Begin(OperationKind.Load, Image with { Name = "lab-2028" }), _engine);

        Assert.Equal((OperationPhase.Failed, Reasons.ImageDiffers, FailureKind.NeedsPerson, true), (outcome.Phase, outcome.Reason, outcome.FailureKind, outcome.MachineUntouched));
        Assert.Contains("A Lab machine is never imaged: install lab-2028 on it by hand", outcome.Message, StringComparison.Ordinal);
        Assert.Equal(text, await File.ReadAllTextAsync(_machine.PathOf("/root/currentimage.txt"), Token));
    }

    [Fact]
    public async Task It_is_shut_down_by_its_system_is_off_when_it_stays_silent_and_is_woken_by_the_packet()
    {
        var bootId = (await ObserveAsync()).BootId;
        var off = await _driver.SucceedAsync(_driver.Begin(OperationKind.PowerOff), _engine);

        Assert.Equal(["poweroff "], _machine.Asked);
        Assert.False(_machine.IsOn);
        Assert.Contains("as far as that can be told", off.Message, StringComparison.Ordinal);
        var seen = await ObserveAsync();
        Assert.Equal((PowerValue.Off, FactValue.Yes, FactValue.Unknown, FactValue.Unknown), (seen.Power.Value, seen.Exists.Value, seen.CurrentImage.Found, seen.Configured.Value));
        Assert.Contains("has not answered since", seen.Power.Detail, StringComparison.Ordinal);
        // Twice is once.
        await _driver.SucceedAsync(_driver.Begin(OperationKind.PowerOff), _engine);
        Assert.Equal(["poweroff "], _machine.Asked);

        var on = await _driver.SucceedAsync(_driver.Begin(OperationKind.PowerOn), _engine);

        Assert.Equal("The machine was woken and answers.", on.Message);
        Assert.Equal((2, PowerValue.On), (_machine.Boots, (await ObserveAsync()).Power.Value));
        Assert.NotEqual(bootId, (await ObserveAsync()).BootId);
        await _driver.SucceedAsync(_driver.Begin(OperationKind.PowerOn), _engine);
        Assert.Equal(2, _machine.Boots);
    }

    [Fact]
    public async Task A_silent_machine_that_nobody_shut_down_is_not_off_and_one_that_was_switched_on_by_hand_is_on()
    {
        await _machine.CutAsync();
        var seen = await ObserveAsync();
        Assert.Equal((PowerValue.Unknown, Reasons.SshUnreachable, FactValue.Yes, "silent"), (seen.Power.Value, seen.Power.Reason, seen.Exists.Value, seen.EngineState));
        Assert.False(seen.Ping.IsNo || seen.Ssh.IsNo);

        _machine.StopSilence();
        _driver.Node = _driver.Node with { LastPower = PowerValue.Off };
        var refusing = await ObserveAsync();
        Assert.Equal((PowerValue.Unknown, "refusing"), (refusing.Power.Value, refusing.EngineState));

        await _machine.StartAsync();
        Assert.Equal(PowerValue.On, (await ObserveAsync()).Power.Value);
    }

    /// <summary>Of the machine of these tests: what keeps its port silent held it, and its server could never listen again.</summary>
    [Fact]
    public async Task A_machine_that_is_switched_on_while_it_falls_silent_answers()
    {
        await _machine.ShellAsync("(sleep 0.2; /usr/local/sbin/poweroff) >/dev/null 2>&1 &");
        await Poll.UntilAsync("the machine is off", () => Task.FromResult(!_machine.IsOn), TimeSpan.FromMinutes(1), TimeSpan.FromMilliseconds(5));

        await _machine.StartAsync();
        Assert.Equal((2, PowerValue.On), (_machine.Boots, (await ObserveAsync()).Power.Value));
    }

    [Fact]
    public async Task A_machine_without_a_mac_address_says_which_field_is_missing()
    {
        _driver.Node.Spec.Hardware.MacAddress = null;
        await _machine.CutAsync();

        var outcome = await _driver.RunAsync(_driver.Begin(OperationKind.PowerOn), _engine);

        Assert.Equal((OperationPhase.Failed, Reasons.NotSupported, FailureKind.NeedsPerson, true), (outcome.Phase, outcome.Reason, outcome.FailureKind, outcome.MachineUntouched));
        Assert.Contains("spec.hardware.macAddress of the Node lab-pc-01 is not set", outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_machine_that_is_not_woken_is_told_with_what_to_look_at()
    {
        _driver.Node.Spec.Hardware.MacAddress = "52:54:00:00:00:01";
        _driver.Timeouts.BootSeconds = 3;
        await _machine.CutAsync();

        var outcome = await _driver.RunAsync(_driver.Begin(OperationKind.PowerOn), _engine);

        Assert.Equal((OperationPhase.Failed, Reasons.BootTimedOut, FailureKind.Retry), (outcome.Phase, outcome.Reason, outcome.FailureKind));
        Assert.Contains("Wake-on-LAN", outcome.Message, StringComparison.Ordinal);
        Assert.Equal(1, _machine.Boots);
    }

    [Fact]
    public async Task A_machine_is_never_switched_off_hard()
    {
        var outcome = await _engine.PowerOffAsync(_driver.Begin(OperationKind.PowerOff), PowerOffMode.Hard, Token);

        Assert.Equal((OperationPhase.Failed, Reasons.NotSupported, true), (outcome.Phase, outcome.Reason, outcome.MachineUntouched));
        Assert.True(_machine.IsOn);
    }

    [Fact]
    public async Task A_reset_reboots_once_whoever_dies_after_it_was_asked_for()
    {
        var operation = _driver.Begin(OperationKind.PowerReset);
        var bootId = (await ObserveAsync()).BootId;
        for (var call = 0; call < 20 && _machine.Asked.Count == 0; call++)
            operation = await _driver.RecordAsync(operation, await _engine.PowerResetAsync(operation, Token));
        // What was answered last is forgotten: the operation is gone on with from the step before.
        operation.Operation.Step = "AskToReboot";

        var outcome = await _driver.SucceedAsync(operation, NewEngine());

        Assert.Equal("The machine was rebooted: another boot answers.", outcome.Message);
        Assert.Equal(["reboot "], _machine.Asked);
        Assert.Equal(2, _machine.Boots);
        Assert.NotEqual(bootId, (await ObserveAsync()).BootId);
    }

    [Fact]
    public async Task A_machine_that_does_not_shut_down_is_told_and_not_called_off()
    {
        await File.WriteAllTextAsync(_machine.PathOf("/root/deaf"), "", Token);
        var operation = _driver.Begin(OperationKind.PowerOff);
        operation.Operation.StartedTime -= TimeSpan.FromSeconds(70);

        var outcome = await _driver.RunAsync(operation, _engine);

        Assert.Equal((OperationPhase.Failed, Reasons.ShutdownTimedOut, FailureKind.NeedsPerson), (outcome.Phase, outcome.Reason, outcome.FailureKind));
        Assert.Contains("still answers", outcome.Message, StringComparison.Ordinal);
        Assert.Equal(PowerValue.On, (await ObserveAsync()).Power.Value);
    }

    [Fact]
    public async Task An_operation_that_was_overtaken_is_refused_by_the_machine()
    {
        var older = _driver.Begin(OperationKind.PowerOff);
        await _driver.SucceedAsync(_driver.Begin(OperationKind.Load, Image), _engine);

        var outcome = await _driver.RunAsync(older, _engine);

        Assert.Equal((OperationPhase.Failed, Reasons.Fenced, true), (outcome.Phase, outcome.Reason, outcome.MachineUntouched));
        Assert.Empty(_machine.Asked);
        Assert.True(_machine.IsOn);
    }

    [Fact]
    public async Task Another_machine_at_the_address_is_neither_on_nor_off_nor_touched()
    {
        _driver.Node.Spec.OperatingSystem.HostKeys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"];

        var seen = await ObserveAsync();

        Assert.Equal((PowerValue.Unknown, Reasons.UnexpectedAnswer, Reasons.HostKeyMismatch), (seen.Power.Value, seen.Power.Reason, seen.Ssh.Reason));
    }

    [Fact]
    public async Task A_node_without_an_operating_system_says_what_is_missing()
    {
        _driver.Node.Spec.OperatingSystem.Type = OperatingSystemType.None;

        var seen = await ObserveAsync();

        Assert.Equal((FactValue.Unknown, Reasons.InvalidSpec), (seen.Exists.Value, seen.Exists.Reason));
    }

    private LabEngine NewEngine() => new(
        new() { Namespace = "lab", Name = "room", Spec = new() { Type = ProvisionerType.Lab, Lab = new() { WakeOnLanAddress = "127.0.0.1", WakeOnLanPort = _machine.WakeUpPort } } },
        new SshConnector(TimeProvider.System, NullLoggerFactory.Instance), [new LinuxModule()], TimeProvider.System, NullLoggerFactory.Instance);

    private NodeTarget Node() => new()
    {
        Namespace = "lab",
        Name = "lab-pc-01",
        Uid = "uid-1",
        Credentials = _machine.Login,
        Spec = new()
        {
            OperatingSystem = new() { Type = OperatingSystemType.Linux, Address = "127.0.0.1", Port = _machine.Port, HostKeyPolicy = HostKeyPolicy.Pinned, HostKeys = [_machine.HostKey] },
            Hardware = new() { MacAddress = LabMachine.MacAddress },
        },
    };

    private Task<Observation> ObserveAsync() => _engine.ObserveAsync(_driver.Node, Token);
}

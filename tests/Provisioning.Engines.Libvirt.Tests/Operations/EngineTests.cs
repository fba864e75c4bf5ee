using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Libvirt.Machines;
using Provisioning.Engines.Libvirt.Tests.Support;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;
using Provisioning.Ssh;

namespace Provisioning.Engines.Libvirt.Tests.Operations;

/// <summary>The verbs against real scripts in a real shell, with connections cut at every point.</summary>
public sealed class EngineTests : IDisposable
{
    private readonly FakeHost _host = new();
    private readonly FakeTimeProvider _clock = new();
    private readonly LibvirtEngine _engine;
    private readonly Driver _driver;

    public EngineTests()
    {
        _engine = new(_host.Provisioner, _host, [_host.Guest], _clock, NullLoggerFactory.Instance);
        _driver = DriverFor(_clock);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static CaptureTarget Capture => new() { ImageName = "golden", Revision = "7", Preparation = CapturePreparation.OperatingSystem, UncleanShutdown = UncleanShutdownPolicy.Force };

    private Machine Machine => new(_host.Spec, _driver.Node);

    public void Dispose() => _host.Dispose();

    [Fact]
    public async Task Load_brings_up_the_image_pins_the_new_keys_and_shows_them()
    {
        var image = await _host.MakeImageAsync("tiny");

        await LoadAsync(image);

        Assert.Equal([$"define {Machine.Uuid}", $"start {Machine.Uuid}"], _host.Effects);
        Assert.Equal([FakeGuest.OwnKey], _driver.Node.SshHostKeys);
        var seen = await _engine.ObserveAsync(_driver.Node, Token);
        Assert.Equal((PowerValue.On, FactValue.Yes, FactValue.Yes, image.Digest, "boot-1"), (seen.Power.Value, seen.Exists.Value, seen.Ssh.Value, seen.EngineImage, seen.BootId));
    }

    [Fact]
    public async Task A_second_load_keeps_the_old_disk_until_the_new_one_is_ready_and_then_removes_it()
    {
        await LoadAsync(await _host.MakeImageAsync("tiny"));
        var second = await _host.MakeImageAsync("other");
        _host.Guest.ShownKey = FakeGuest.ImageKey;
        _driver.After = (operation, _) =>
        {
            Assert.True(operation.Operation.Step is "CleanUp" or "PostLoad" || File.Exists(Path.Combine(Machine.Directory, "disk-load-1.qcow2")));
            return Task.CompletedTask;
        };

        await LoadAsync(second);

        Assert.Equal(["disk-load-2.qcow2"], Directory.GetFiles(Machine.Directory, "disk-*").Select(Path.GetFileName));
        Assert.Equal(second.Digest, (await _engine.ObserveAsync(_driver.Node, Token)).EngineImage);
    }

    [Fact]
    public async Task No_lost_answer_and_no_lost_command_repeats_an_effect_of_a_load()
    {
        var image = await _host.MakeImageAsync("tiny");
        await LoadAsync(image);
        var commands = _host.Commands;
        Assert.InRange(commands, 8, 40);

        for (var number = 0; number < commands; number++)
        {
            using var host = new FakeHost();
            var loaded = await host.MakeImageAsync("tiny");
            (host.LostAnswer, host.LostCommand) = number % 4 == 3 ? ((int?)null, (int?)number) : (number, null);
            await using var engine = new LibvirtEngine(host.Provisioner, host, [host.Guest], _clock, NullLoggerFactory.Instance);
            var driver = DriverFor(_clock);

            await driver.SucceedAsync(driver.Begin(OperationKind.Load, loaded), engine.LoadAsync);

            Assert.Equal(["define", "start"], host.Effects.Select(effect => effect.Split(' ')[0]));
        }
    }

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
    public async Task Power_on_without_a_disk_says_that_an_image_is_needed()
    {
        var outcome = await _driver.RunAsync(_driver.Begin(OperationKind.PowerOn), _engine.PowerOnAsync);

        Assert.Equal((Reasons.MachineMissing, FailureKind.NeedsPerson), (outcome.Reason, outcome.FailureKind));
        Assert.Contains("imageRef", outcome.Message);
    }

    [Fact]
    public async Task Capture_publishes_a_whole_image_that_can_be_loaded()
    {
        await LoadAsync(await _host.MakeImageAsync("tiny"));

        var outcome = await _driver.SucceedAsync(_driver.Begin(OperationKind.Capture, capture: Capture), _engine.CaptureAsync);

        var captured = outcome.CapturedImage!;
        Assert.Equal([FakeGuest.ImageKey], captured.SshHostKeys);
        Assert.False(captured.UncleanShutdown);
        Assert.Equal(["prepare golden@7"], _host.Guest.Calls.Where(call => call.StartsWith("prepare", StringComparison.Ordinal)));
        var image = new ImageTarget { Name = "golden", Revision = "7", Digest = captured.Digest, Format = captured.Format, FileName = captured.FileName, SshHostKeys = [.. captured.SshHostKeys] };
        Assert.Equal(ImageAnswer.Yes(captured.SizeBytes, Path.Combine(_host.Spec.ImageDirectory, captured.FileName)), await _engine.GetImageAsync(image, verify: true, Token));
        Assert.Equal(PowerValue.Off, (await _engine.ObserveAsync(_driver.Node, Token)).Power.Value);
        Assert.Empty(Directory.GetFiles(_host.Spec.ImageDirectory, ".capture-*"));
        _host.Guest.ShownKey = FakeGuest.ImageKey;
        await LoadAsync(image);
    }

    [Fact]
    public async Task No_lost_answer_spoils_a_capture_of_a_machine_that_is_off()
    {
        await LoadAsync(await _host.MakeImageAsync("tiny"));
        await _driver.SucceedAsync(_driver.Begin(OperationKind.PowerOff), OffAsync);
        for (var lost = 0; lost < 14; lost++)
        {
            _host.LostAnswer = _host.Commands + lost;
            var capture = Capture with { ImageName = $"golden-{lost}" };

            var outcome = await _driver.SucceedAsync(_driver.Begin(OperationKind.Capture, capture: capture), _engine.CaptureAsync);

            Assert.True(File.Exists(Path.Combine(_host.Spec.ImageDirectory, outcome.CapturedImage!.FileName)));
            Assert.Empty(Directory.GetFiles(_host.Spec.ImageDirectory, ".capture-*"));
            Assert.Equal(_host.Effects.Count(effect => effect.StartsWith("start", StringComparison.Ordinal)), _host.Boots);
        }
    }

    [Fact]
    public async Task A_capture_that_must_not_be_forced_leaves_a_deaf_machine_running()
    {
        await LoadAsync(await _host.MakeImageAsync("tiny"));
        _host.Touch("deaf");

        var outcome = await _driver.RunAsync(_driver.Begin(OperationKind.Capture, capture: Capture with { UncleanShutdown = UncleanShutdownPolicy.Fail }), _engine.CaptureAsync);

        Assert.Equal(Reasons.ShutdownTimedOut, outcome.Reason);
        Assert.DoesNotContain(_host.Effects, effect => effect.StartsWith("destroy", StringComparison.Ordinal));
        Assert.Single(Directory.GetFiles(_host.Spec.ImageDirectory, "*.qcow2"));
    }

    [Fact]
    public async Task An_abandoned_capture_leaves_nothing_and_cannot_go_on()
    {
        await LoadAsync(await _host.MakeImageAsync("tiny"));
        var operation = _driver.Begin(OperationKind.Capture, capture: Capture);
        _driver.After = (_, outcome) => outcome.Step == "Publish" ? throw new OperationCanceledException() : Task.CompletedTask;
        await Assert.ThrowsAsync<OperationCanceledException>(() => _driver.RunAsync(operation, _engine.CaptureAsync));
        _driver.After = null;

        await _driver.SucceedAsync(operation, _engine.AbandonAsync);
        var late = await _engine.CaptureAsync(operation, Token);

        Assert.Equal(Reasons.Fenced, late.Reason);
        Assert.Single(Directory.GetFiles(_host.Spec.ImageDirectory));
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

    [Theory]
    [InlineData("changed", Reasons.ImageDigestMismatch)]
    [InlineData("missing", Reasons.ImageFileMissing)]
    [InlineData("link", Reasons.ImageFileMissing)]
    [InlineData("backing", Reasons.ImageInvalid)]
    [InlineData("garbage", Reasons.ImageInvalid)]
    [InlineData("small", Reasons.InvalidSpec)]
    [InlineData("unpinned", Reasons.HostKeyUnknown)]
    public async Task A_bad_image_leaves_the_machine_untouched(string fault, string reason)
    {
        await LoadAsync(await _host.MakeImageAsync("tiny"));
        var effects = _host.Effects.Count;
        var image = await _host.MakeImageAsync("other", fault == "small" ? "2G" : "8M");
        var path = Path.Combine(_host.Spec.ImageDirectory, image.FileName);
        switch (fault)
        {
            case "changed":
                await File.AppendAllTextAsync(path, "x", Token);
                break;
            case "missing":
                File.Delete(path);
                break;
            case "link":
                File.Move(path, path + ".real");
                File.CreateSymbolicLink(path, path + ".real");
                break;
            case "backing":
                await _host.ShellAsync($"rm '{path}'; qemu-img create -q -f qcow2 -F raw -b /etc/passwd '{path}' 8M");
                image = image with { Digest = await DigestAsync(path) };
                break;
            case "garbage":
                await File.WriteAllTextAsync(path, "this is no disk", Token);
                image = image with { Digest = await DigestAsync(path) };
                break;
            case "small":
                _driver.Node = _driver.Node with { Spec = new() { OperatingSystem = _driver.Node.Spec.OperatingSystem, Hardware = new() { DiskGiB = 1 } } };
                break;
            default:
                image = image with { SshHostKeys = [] };
                break;
        }

        var outcome = await _driver.RunAsync(_driver.Begin(OperationKind.Load, image), _engine.LoadAsync);

        Assert.Equal((reason, true), (outcome.Reason, outcome.MachineUntouched));
        Assert.Equal(effects, _host.Effects.Count);
    }

    [Theory]
    [InlineData("echo")]
    [InlineData("exit 0")]
    [InlineData("exit 1")]
    [InlineData("echo 'running'")]
    [InlineData("head -c 3000000 /dev/zero | tr '\\0' x")]
    [InlineData("case \"$*\" in *list*) echo \"garbage garbage garbage\" ;; esac")]
    public async Task A_virsh_that_lies_makes_nothing_certain_and_is_harmless(string lie)
    {
        var image = await _host.MakeImageAsync("tiny");
        await LoadAsync(image);
        // A process that has the disk open, as QEMU would.
        var disk = Directory.GetFiles(Machine.Directory, "disk-*.qcow2").Single();
        using var writer = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("qemu-io", ["-f", "qcow2", disk]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        await writer.StandardInput.WriteLineAsync("write 0 512");
        await writer.StandardInput.FlushAsync(Token);
        await writer.StandardOutput.ReadLineAsync(Token);
        _host.Touch("lie", lie);

        var seen = await _engine.ObserveAsync(_driver.Node, Token);

        Assert.Equal((PowerValue.Unknown, FactValue.Unknown), (seen.Power.Value, seen.Exists.Value));
        Assert.Equal(Reasons.UnexpectedAnswer, seen.Power.Reason);
        var load = await _engine.LoadAsync(_driver.Begin(OperationKind.Load, image), Token);
        Assert.Equal(OperationPhase.Running, load.Phase);
        Assert.True(File.Exists(disk));
        await writer.StandardInput.WriteLineAsync("quit");
        await writer.WaitForExitAsync(Token);
        File.Delete(Path.Combine(_host.Root, "lie"));
        Assert.Equal(PowerValue.On, (await _engine.ObserveAsync(_driver.Node, Token)).Power.Value);
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
            Assert.Equal((OperationPhase.Failed, FailureKind.NeedsPerson), (outcome.Phase, outcome.FailureKind));
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

        Assert.Contains(Other, outcome.Message);
        Assert.Empty(_host.Effects);
        Assert.Equal(FactValue.Unknown, (await _engine.ObserveAsync(_driver.Node, Token)).Exists.Value);
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
    public async Task An_image_in_use_is_not_deleted()
    {
        var image = await _host.MakeImageAsync("tiny");
        await LoadAsync(image);

        var refused = await _engine.DeleteImageAsync(image, Token);
        await _driver.SucceedAsync(_driver.Begin(OperationKind.Unload), _engine.UnloadAsync);
        var deleted = await _engine.DeleteImageAsync(image, Token);
        var again = await _engine.DeleteImageAsync(image, Token);

        Assert.Equal((OperationPhase.Failed, OperationPhase.Succeeded, OperationPhase.Succeeded), (refused.Phase, deleted.Phase, again.Phase));
        Assert.Contains("disk-load-1.qcow2", refused.Message);
        Assert.False((await _engine.GetImageAsync(image, verify: false, Token)).Exists.IsYes);
    }

    [Fact]
    public async Task A_file_that_is_not_the_image_is_not_deleted()
    {
        var image = await _host.MakeImageAsync("tiny");
        var path = Path.Combine(_host.Spec.ImageDirectory, image.FileName);
        await File.WriteAllTextAsync(path, "somebody's own", Token);

        var outcome = await _engine.DeleteImageAsync(image, Token);

        Assert.Equal(FailureKind.NeedsPerson, outcome.FailureKind);
        Assert.True(File.Exists(path));
    }

    [Theory]
    [InlineData(SshFailureKind.Unreachable, Reasons.HostUnreachable)]
    [InlineData(SshFailureKind.HostKeyMismatch, Reasons.HostKeyMismatch)]
    [InlineData(SshFailureKind.CredentialsRefused, Reasons.CredentialsRefused)]
    public async Task A_host_out_of_reach_makes_every_fact_unknown_and_holds_operations_where_they_are(SshFailureKind kind, string reason)
    {
        _host.Refusal = kind;

        var seen = await _engine.ObserveAsync(_driver.Node, Token);
        var load = await _engine.LoadAsync(_driver.Begin(OperationKind.Load, new() { Name = "i", Revision = "1", Digest = "sha256:" + new string('0', 64), Format = default, FileName = "i", SshHostKeys = ["k"] }), Token);

        Assert.All([seen.Exists, seen.Ping, seen.Ssh, seen.Configured], fact => Assert.Equal((FactValue.Unknown, reason), (fact.Value, fact.Reason)));
        Assert.Equal((PowerValue.Unknown, reason), (seen.Power.Value, seen.Power.Reason));
        Assert.Equal((OperationPhase.Running, (string?)null), (load.Phase, load.Step));
        Assert.True((await _engine.ProbeAsync(Token)).Reachable.IsNo);
    }

    [Theory]
    [InlineData(SshFailureKind.Unreachable, Reasons.SshUnreachable)]
    [InlineData(SshFailureKind.HostKeyMismatch, Reasons.HostKeyMismatch)]
    [InlineData(SshFailureKind.CredentialsRefused, Reasons.CredentialsRefused)]
    public async Task A_guest_that_does_not_answer_is_unknown_and_the_rest_is_known(SshFailureKind kind, string reason)
    {
        var image = await _host.MakeImageAsync("tiny");
        await LoadAsync(image);
        _host.Guest.Refusal = kind;

        var seen = await _engine.ObserveAsync(_driver.Node, Token);

        Assert.Equal((FactValue.Unknown, reason), (seen.Ssh.Value, seen.Ssh.Reason));
        Assert.Equal((FactValue.Unknown, PowerValue.On, image.Digest), (seen.CurrentImage.Found, seen.Power.Value, seen.EngineImage));
    }

    [Fact]
    public async Task A_disk_that_rests_on_another_file_than_recorded_has_no_known_image()
    {
        await LoadAsync(await _host.MakeImageAsync("tiny"));
        await _driver.SucceedAsync(_driver.Begin(OperationKind.PowerOff), OffAsync);
        var other = await _host.MakeImageAsync("other");
        var disk = Directory.GetFiles(Machine.Directory, "disk-*.qcow2").Single();
        await _host.ShellAsync($"qemu-img rebase -u -f qcow2 -F qcow2 -b '{_host.Spec.ImageDirectory}/{other.FileName}' '{disk}'");

        Assert.Null((await _engine.ObserveAsync(_driver.Node, Token)).EngineImage);
    }

    [Fact]
    public async Task A_failed_step_inside_the_system_fails_the_load_and_names_the_step()
    {
        _host.Guest.FailedStep = "Hostname";

        var outcome = await _driver.RunAsync(_driver.Begin(OperationKind.Load, await _host.MakeImageAsync("tiny")), _engine.LoadAsync);

        Assert.Equal((Reasons.StepFailed, false), (outcome.Reason, outcome.MachineUntouched));
        Assert.Contains("Hostname", outcome.Message);
    }

    [Fact]
    public async Task A_machine_that_does_not_boot_fails_at_its_time()
    {
        _host.Guest.Silent = true;

        var outcome = await _driver.RunAsync(_driver.Begin(OperationKind.Load, await _host.MakeImageAsync("tiny")), _engine.LoadAsync);

        Assert.Equal(Reasons.BootTimedOut, outcome.Reason);
        Assert.Contains("console.log", outcome.Message);
    }

    [Fact]
    public async Task A_system_of_type_none_is_loaded_without_looking_inside()
    {
        _driver.Node = FakeHost.Node(OperatingSystemType.None);
        var image = await _host.MakeImageAsync("tiny");

        await LoadAsync(image);

        Assert.Equal(image.RevisionId, (await _engine.GetCurrentImageAsync(_driver.Node, Token)).RevisionId);
        Assert.Equal(FactValue.Yes, (await _engine.ObserveAsync(_driver.Node, Token)).Configured.Value);
    }

    [Fact]
    public async Task A_key_trusted_after_load_is_pinned()
    {
        _driver.Node = _driver.Node with { Spec = new() { OperatingSystem = new() { Type = OperatingSystemType.Linux, Address = "guest", HostKeyPolicy = HostKeyPolicy.TrustAfterLoad } } };
        _host.Guest.ShownKey = "ssh-ed25519 WHATEVER";

        await LoadAsync(await _host.MakeImageAsync("tiny") with { SshHostKeys = [] });

        Assert.Equal([FakeGuest.OwnKey], _driver.Node.SshHostKeys);
    }

    [Fact]
    public async Task The_probe_names_what_is_missing_and_the_versions()
    {
        var good = await _engine.ProbeAsync(Token);
        _host.Touch("lie", "echo 'error: failed to connect to the hypervisor' >&2; exit 1");
        var bad = await _engine.ProbeAsync(Token);

        Assert.Equal((FactValue.Yes, "libvirt 9.0.0, QEMU 7.2.22"), (good.Reachable.Value, good.Version));
        Assert.Contains("failed to connect", bad.Reachable.Detail);
        Assert.Contains("group libvirt", bad.Reachable.Detail);
    }

    private Driver DriverFor(FakeTimeProvider clock) => new(FakeHost.Node()) { Pass = poll => clock.Advance(poll), Now = () => clock.GetUtcNow() };

    private Task<OperationOutcome> OffAsync(OperationContext operation, CancellationToken cancellationToken) =>
        _engine.PowerOffAsync(operation, PowerOffMode.SoftThenHard, cancellationToken);

    private async Task LoadAsync(ImageTarget image) => await _driver.SucceedAsync(_driver.Begin(OperationKind.Load, image), _engine.LoadAsync);

    private string DefinitionText() => File.ReadAllText(Path.Combine(_host.Root, "domains", Machine.Uuid + ".xml"));

    private static async Task<string> DigestAsync(string path) =>
        "sha256:" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(await File.ReadAllBytesAsync(path, Token)));
}

using Microsoft.Extensions.Logging.Abstractions;
using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Libvirt.Machines;
using Provisioning.Engines.Libvirt.Tests.Support;

namespace Provisioning.Engines.Libvirt.Tests.Operations;

public sealed class LoadTests : EngineTestBase
{
    [Fact]
    public async Task Load_brings_up_the_image_pins_the_new_keys_and_shows_them()
    {
        var image = await _host.MakeImageAsync("tiny");

        var outcome = await _driver.SucceedAsync(_driver.Begin(OperationKind.Load, image), _engine.LoadAsync);

        Assert.Equal("tiny revision 1 is loaded and configured.", outcome.Message);
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
            Assert.True(operation.Operation.Step is "CleanUp" or "PostLoad" or "RememberHostKeys" || File.Exists(Path.Combine(Machine.Directory, "disk-load-1.qcow2")));
            return Task.CompletedTask;
        };

        await LoadAsync(second);

        Assert.Equal(["disk-load-2.qcow2"], Directory.GetFiles(Machine.Directory, "disk-*").Select(Path.GetFileName));
        Assert.Equal(second.Digest, (await _engine.ObserveAsync(_driver.Node, Token)).EngineImage);
    }

    [Fact]
    public async Task The_wait_for_the_boot_is_recorded_before_the_guest_is_asked()
    {
        TimeSpan? pause = null;
        _driver.After = (_, outcome) =>
        {
            if (outcome.Step == "WaitForBoot")
                pause ??= outcome.PollAfter;
            return Task.CompletedTask;
        };

        await LoadAsync(await _host.MakeImageAsync("tiny"));

        // Only what waits is written to the status, and a guest that accepts and is not up yet holds the call that asks it.
        Assert.True(pause > TimeSpan.Zero);
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
            await using var engine = new LibvirtEngine(host.Provisioner, host, new(host, _clock, NullLoggerFactory.Instance), [host.Guest], _clock, NullLoggerFactory.Instance);
            var driver = DriverFor(_clock);

            await driver.SucceedAsync(driver.Begin(OperationKind.Load, loaded), engine.LoadAsync);

            Assert.Equal(["define", "start"], host.Effects.Select(effect => effect.Split(' ')[0]));
        }
    }

    [Fact]
    public async Task No_operator_that_died_between_two_records_repeats_an_effect_of_a_load()
    {
        for (var crash = 0; crash < 8; crash++)
        {
            using var host = new FakeHost();
            var image = await host.MakeImageAsync("tiny");
            await using var engine = new LibvirtEngine(host.Provisioner, host, new(host, _clock, NullLoggerFactory.Instance), [host.Guest], _clock, NullLoggerFactory.Instance);
            var driver = DriverFor(_clock);
            var (unrecorded, recorded) = (0, (string?)null);
            driver.After = (operation, outcome) =>
            {
                if (outcome.Record || outcome.PollAfter > TimeSpan.Zero)
                    recorded = outcome.Step;
                else if (unrecorded++ == crash)
                    operation.Operation.Step = recorded;
                return Task.CompletedTask;
            };

            await driver.SucceedAsync(driver.Begin(OperationKind.Load, image), engine.LoadAsync);

            Assert.Equal(["define", "start"], host.Effects.Select(effect => effect.Split(' ')[0]));
        }
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
        _driver.Timeouts = new() { BootSeconds = 600 };
        List<string> waits = [];
        _driver.After = (operation, outcome) =>
        {
            if (operation.Operation.Step == "WaitForBoot" && outcome.PollAfter > TimeSpan.Zero)
                waits.Add(outcome.Message);
            return Task.CompletedTask;
        };

        var outcome = await _driver.RunAsync(_driver.Begin(OperationKind.Load, await _host.MakeImageAsync("tiny")), _engine.LoadAsync);

        Assert.Equal(Reasons.BootTimedOut, outcome.Reason);
        Assert.Contains("The guest is off. Look at", outcome.Message);
        Assert.Contains("console.log", outcome.Message);
        Assert.Equal(["the machine is on; waiting for it to boot", "waiting for the machine to boot: no SSH answer yet (it has 600 s)"], waits.Distinct());
    }

    [Fact]
    public async Task A_system_of_type_none_is_loaded_without_looking_inside()
    {
        _driver.Node = FakeHost.Node(OperatingSystemType.None);
        var image = await _host.MakeImageAsync("tiny");

        var outcome = await _driver.SucceedAsync(_driver.Begin(OperationKind.Load, image), _engine.LoadAsync);

        Assert.Equal("tiny revision 1 is loaded; nothing inside the machine was looked at.", outcome.Message);
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
}

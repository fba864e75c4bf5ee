using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Libvirt.Machines;
using Provisioning.Engines.Operations;
using Provisioning.Ssh;

namespace Provisioning.Engines.Libvirt.Tests.Operations;

public sealed class ObservationTests : EngineTestBase
{
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
        Assert.Equal(kind == SshFailureKind.Unreachable ? FactValue.Unknown : FactValue.No, (await _engine.ProbeAsync(Token)).Reachable.Value);
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
    public async Task A_guest_that_hangs_holds_a_look_for_half_a_minute_and_is_unknown()
    {
        await LoadAsync(await _host.MakeImageAsync("tiny"));
        _host.Guest.Hanging = new();

        var look = _engine.ObserveAsync(_driver.Node, Token);
        await _host.Guest.Hanging.Task.WaitAsync(TimeSpan.FromSeconds(60), Token);
        _clock.Advance(TimeSpan.FromSeconds(29));
        Assert.False(look.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(1));
        var seen = await look.WaitAsync(TimeSpan.FromSeconds(60), Token);

        Assert.Equal((FactValue.Yes, FactValue.Unknown, Reasons.SshUnreachable), (seen.Exists.Value, seen.Ssh.Value, seen.Ssh.Reason));
        Assert.Contains("did not say within 30 s", seen.Ssh.Detail);
        Assert.Equal(TimeSpan.FromSeconds(20), _host.Guest.Asked!.ConnectTimeout);
    }

    [Theory]
    [InlineData(HostKeyPolicy.Pinned, "spec.operatingSystem.hostKeys of the Node node-1")]
    [InlineData(HostKeyPolicy.FromImage, "spec.operatingSystem.hostKeys of the Node node-1 (with hostKeyPolicy Pinned), or in spec.sshHostKeys of the Image if it is the image's key")]
    [InlineData(HostKeyPolicy.TrustAfterLoad, "spec.operatingSystem.hostKeys of the Node node-1 (with hostKeyPolicy Pinned)")]
    public async Task A_guest_is_asked_with_the_field_that_its_host_key_belongs_into(HostKeyPolicy policy, string field)
    {
        await LoadAsync(await _host.MakeImageAsync("tiny"));
        var system = new OperatingSystemSpec { Type = OperatingSystemType.Linux, Address = "guest", HostKeyPolicy = policy };

        await _engine.ObserveAsync(_driver.Node with { Spec = new() { OperatingSystem = system } }, Token);

        Assert.Equal(field, _host.Guest.Asked!.HostKeysField);
    }

    [Fact]
    public async Task The_probe_names_what_is_missing_and_the_versions()
    {
        var good = await _engine.ProbeAsync(Token);
        _host.Touch("lie", "echo 'error: failed to connect to the hypervisor' >&2; exit 1");
        var bad = await _engine.ProbeAsync(Token);

        Assert.Equal((FactValue.Yes, "libvirt 9.0.0, QEMU 7.2.22"), (good.Reachable.Value, good.Version));
        Assert.Contains("failed to connect", bad.Reachable.Detail);
        Assert.Contains("start libvirtd", bad.Reachable.Detail);
    }
}

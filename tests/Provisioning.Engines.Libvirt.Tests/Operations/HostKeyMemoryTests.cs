using System.Text.Json.Nodes;
using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Libvirt.Machines;
using Provisioning.Engines.Libvirt.Tests.Support;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Libvirt.Tests.Operations;

/// <summary>A Node that is deleted and created again, while its machine stays, finds its machine.</summary>
public sealed class HostKeyMemoryTests : EngineTestBase
{
    [Theory]
    [InlineData(HostKeyPolicy.FromImage)]
    [InlineData(HostKeyPolicy.TrustAfterLoad)]
    public async Task A_Node_that_is_created_again_trusts_the_keys_that_its_machine_was_given(HostKeyPolicy policy)
    {
        var image = await LoadedAsync(policy);

        var seen = await _engine.ObserveAsync(Reborn(image, policy), Token);

        Assert.Equal((FactValue.Yes, "tiny@1", FactValue.Yes), (seen.Ssh.Value, seen.CurrentImage.RevisionId, seen.Configured.Value));
        Assert.Equal([FakeGuest.OwnKey], _host.Guest.Asked!.HostKeys);
    }

    [Fact]
    public async Task Its_verbs_trust_them_too_and_hand_them_to_the_Node()
    {
        var image = await LoadedAsync();

        _driver.Node = Reborn(image);
        await _driver.SucceedAsync(_driver.Begin(OperationKind.PostLoad, image), _engine.PostLoadAsync);
        Assert.Equal([FakeGuest.OwnKey], _driver.Node.SshHostKeys);

        _driver.Node = Reborn(image);
        var reset = await _driver.SucceedAsync(_driver.Begin(OperationKind.PowerReset), _engine.PowerResetAsync);
        Assert.Equal([FakeGuest.OwnKey], _driver.Node.SshHostKeys);
        Assert.Contains("has booted anew", reset.Message);

        _driver.Node = Reborn(image);
        _driver.After = (_, outcome) =>
        {
            if (outcome.Step == "PrepareSystem")
                Assert.Equal([FakeGuest.OwnKey], _driver.Node.SshHostKeys);
            return Task.CompletedTask;
        };
        await _driver.SucceedAsync(_driver.Begin(OperationKind.Capture, capture: Capture), _engine.CaptureAsync);
    }

    [Fact]
    public async Task A_machine_that_shows_another_key_is_still_not_trusted()
    {
        var image = await LoadedAsync();
        _host.Guest.ShownKey = "ssh-ed25519 IMPOSTOR";

        Assert.Equal(Reasons.HostKeyMismatch, (await _engine.ObserveAsync(Reborn(image), Token)).Ssh.Reason);
    }

    [Fact]
    public async Task What_the_spec_pins_and_what_the_Node_recorded_come_first()
    {
        var image = await LoadedAsync();

        var pinned = Reborn(image, HostKeyPolicy.Pinned);
        pinned.Spec.OperatingSystem.HostKeys = ["ssh-ed25519 PINNED"];
        await _engine.ObserveAsync(pinned, Token);
        Assert.Equal(["ssh-ed25519 PINNED"], _host.Guest.Asked!.HostKeys);
        await _engine.ObserveAsync(Reborn(image) with { SshHostKeys = ["ssh-ed25519 RECORDED"] }, Token);
        Assert.Equal(["ssh-ed25519 RECORDED"], _host.Guest.Asked!.HostKeys);
    }

    [Fact]
    public async Task Keys_of_another_disk_are_not_trusted()
    {
        var image = await LoadedAsync();
        var definition = DefinitionText();
        _host.Touch($"domains/{Machine.Uuid}.xml", definition.Replace("disk-load-1.qcow2", "disk-other.qcow2", StringComparison.Ordinal));

        await _engine.ObserveAsync(Reborn(image), Token);

        Assert.Equal([FakeGuest.ImageKey], _host.Guest.Asked!.HostKeys);
    }

    [Fact]
    public async Task A_record_of_an_earlier_version_is_read()
    {
        var image = await LoadedAsync();
        var record = JsonNode.Parse(await File.ReadAllTextAsync(Machine.RecordPath, Token))!.AsObject();
        Assert.True(record.Remove("hostKeys"));
        await File.WriteAllTextAsync(Machine.RecordPath, record.ToJsonString(), Token);

        var seen = await _engine.ObserveAsync(Reborn(image), Token);

        Assert.Equal((image.Digest, Reasons.HostKeyMismatch), (seen.EngineImage, seen.Ssh.Reason));
    }

    [Fact]
    public async Task The_host_knows_new_keys_before_they_are_put_in_place_and_no_others_at_the_end()
    {
        var image = await _host.MakeImageAsync("tiny");
        List<string> known = [];
        _driver.After = async (_, outcome) =>
        {
            if (outcome.Message.Contains("are noted", StringComparison.Ordinal))
                known.Add($"{_host.Guest.ShownKey}: {string.Join(", ", await RecordedAsync())}");
        };

        await LoadAsync(image);

        Assert.Equal([$"{FakeGuest.ImageKey}: {FakeGuest.ImageKey}, {FakeGuest.OwnKey}"], known);
        Assert.Equal([FakeGuest.OwnKey], await RecordedAsync());
    }

    [Fact]
    public async Task A_load_of_another_image_forgets_the_keys_of_the_old_disk()
    {
        await LoadedAsync();
        _host.Guest.ShownKey = FakeGuest.ImageKey;
        _host.Guest.FailedStep = "Hostname";

        await _driver.RunAsync(_driver.Begin(OperationKind.Load, await _host.MakeImageAsync("other")), _engine.LoadAsync);

        Assert.Empty(await RecordedAsync());
    }

    [Fact]
    public async Task An_older_operation_does_not_write_its_keys()
    {
        var image = await LoadedAsync();
        _driver.Node = Reborn(image);
        var old = _driver.Begin(OperationKind.PostLoad, image);
        old.Operation.Step = "RememberHostKeys";
        await _driver.SucceedAsync(_driver.Begin(OperationKind.PowerReset), _engine.PowerResetAsync);

        var outcome = await _engine.PostLoadAsync(old with { Node = old.Node with { SshHostKeys = ["ssh-ed25519 LATE"] } }, Token);

        Assert.Equal(Reasons.Fenced, outcome.Reason);
        Assert.Equal([FakeGuest.OwnKey], await RecordedAsync());
    }

    [Fact]
    public async Task A_hook_that_runs_long_is_waited_for_without_a_record_for_every_look()
    {
        _host.Guest.HookCalls = 5;
        var records = 0;
        _driver.After = (operation, outcome) =>
        {
            if (outcome.Message == "The hook is running.")
                records += outcome.Record ? 1 : 0;
            return Task.CompletedTask;
        };

        await LoadAsync(await _host.MakeImageAsync("tiny"));

        Assert.Equal(1, records);
        Assert.Equal([FakeGuest.OwnKey], await RecordedAsync());
    }

    private async Task<ImageTarget> LoadedAsync(HostKeyPolicy policy = HostKeyPolicy.FromImage)
    {
        var image = await _host.MakeImageAsync("tiny");
        _driver.Node = Reborn(image, policy) with { Uid = "uid-1", DesiredImage = null };
        await LoadAsync(image);
        return image;
    }

    private static NodeTarget Reborn(ImageTarget image, HostKeyPolicy policy = HostKeyPolicy.FromImage) => FakeHost.Node() with
    {
        Uid = "uid-2",
        DesiredImage = image,
        Spec = new() { OperatingSystem = new() { Type = OperatingSystemType.Linux, Address = "guest", HostKeyPolicy = policy } },
    };

    private async Task<IEnumerable<string>> RecordedAsync() =>
        (JsonNode.Parse(await File.ReadAllTextAsync(Machine.RecordPath, Token))!["hostKeys"]!.AsArray()).Select(key => (string)key!);
}

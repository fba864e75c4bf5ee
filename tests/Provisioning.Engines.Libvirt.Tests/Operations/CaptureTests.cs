using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Libvirt.Tests.Support;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Libvirt.Tests.Operations;

public sealed class CaptureTests : EngineTestBase
{
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
}

using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Faults;

/// <summary>The image directory is a small file system of its own, which somebody fills while a capture copies into it.</summary>
/// <param name="bed">The bed.</param>
[Collection(FaultTests.Name)]
public sealed class FullDirectoryTests(TestBed bed)
{
    private readonly FaultReport _report = new();

    [Fact]
    public async Task A_capture_into_a_directory_that_fills_publishes_nothing_says_so_and_succeeds_after_space_is_made()
    {
        await using var lab = await bed.NewLabAsync("full");
        await using var directory = new SmallDirectory(lab.Host);
        await directory.MountAsync(mebibytes: 80);
        var machine = new BareMachine(lab, "vm");
        await machine.PrepareAsync(directory.Path);
        var (before, mark) = (await machine.MachineAsync(), lab.Host.Commands.Mark());
        var disk = await before.DiskAsync();
        var loaded = (await lab.UntilReadyAsync("vm")).Status!.LoadedImage!.OperationId;
        await lab.Host.CopySlowlyAsync(megabytesPerSecond: 1);
        await machine.CaptureAsync("full");
        await lab.UntilAsync("the copy has begun", () => Task.FromResult(directory.Files(".capture-*").Any(file => file.Length > 1 << 20)), interval: TimeSpan.FromMilliseconds(50));

        _report.Injected(Fault.DiskFilled);
        directory.Fill();
        ImageCapture? capture = null;
        await lab.UntilAsync("the capture says that the disk is full", async () => IsStalled(capture = await lab.Kubectl.CaptureAsync("full")));
        Assert.Equal(Reasons.DiskFull, capture!.Status!.Conditions.Single(condition => condition.Type == "Stalled").Reason);

        // Nothing is published, not even half of it, and the machine goes on as it was.
        Assert.Null(await lab.Kubectl.ImageAsync("full"));
        Assert.Empty(directory.Files("full-*"));
        var node = await lab.UntilReadyAsync("vm");
        Assert.Empty(directory.Files(".capture-*"));
        Assert.Equal((disk, "running"), (await before.DiskAsync(), (await machine.MachineAsync()).State));
        Assert.Equal((loaded, LoadState.Loaded), (node.Status!.LoadedImage!.OperationId, node.Status.LoadedImage.State));
        Assert.DoesNotContain(lab.Host.Commands.Since(mark), command => command.Verb == "define");

        directory.MakeSpace();
        await lab.Host.MendAsync();
        mark = lab.Host.Commands.Mark();
        await machine.CaptureAsync("again");
        await machine.UntilCapturedOnceAsync("again", mark);
        _report.Survived();
    }

    private static bool IsStalled(ImageCapture? capture) => capture?.Status?.Conditions.Any(condition => condition is { Type: "Stalled", Status: ConditionStatus.True }) == true;
}

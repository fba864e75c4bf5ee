using System.Diagnostics;
using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Conformance;
using Provisioning.Engines.Operations;
using Provisioning.Engines.XCat.Tests.Conformance;

namespace Provisioning.Engines.XCat.Tests.Operations;

/// <summary>The directory of images on a real small file system: a person is asked before anything is done, and with space it goes on by itself.</summary>
public sealed class FullDiskTests : XCatTestBase
{
    private bool _isMounted;

    [Fact]
    public async Task A_capture_without_space_says_how_much_it_needs_and_works_when_there_is_space()
    {
        await SmallAsync(64);
        await LoadAsync();
        var before = XCat.Effects("n1");

        var outcome = await Driver.RunAsync(Driver.Begin(OperationKind.Capture, capture: Driver.Capture("golden", "1")), Engine);

        Assert.Equal((OperationPhase.Failed, Reasons.DiskFull, FailureKind.NeedsPerson, true), (outcome.Phase, outcome.Reason, outcome.FailureKind, outcome.MachineUntouched));
        Assert.Contains($"needs 256 MiB, and {Path.Combine(XCat.Root, "install")} on management has 6", outcome.Message, StringComparison.Ordinal);
        Assert.Equal(before, XCat.Effects("n1"));
        await ShellAsync($"mount -o remount,size=400m '{Path.Combine(XCat.Root, "install")}'");
        Assert.Equal(OperationPhase.Succeeded, (await Driver.RunAsync(Driver.Begin(OperationKind.Capture, capture: Driver.Capture("golden", "1")), Engine)).Phase);
    }

    [Fact]
    public async Task A_copy_waits_for_space_and_goes_on_by_itself()
    {
        await using var other = new XCatWorld();
        var added = other.XCat.AddOsImage("golden", "netboot");
        await File.WriteAllBytesAsync(Path.Combine(other.XCat.Root, "install/netboot/debian12/x86_64/golden-profile/rootimg.gz"), new byte[20 << 20], Token);
        var image = added with { Digest = other.XCat.Digest("golden") };
        await SmallAsync(96);
        var there = other.NewEngine();
        var source = there.OpenImage(image, await Endings.GetImageAsync(there, image, other), "other")!;

        // The stream fits. Its files, which are placed beside it, do not when somebody takes the space meanwhile.
        var outcome = await UntilEndedAsync(() => Engine.RetrieveImageAsync(image, source, Token), () => FillAsync(60));
        Assert.Equal((Reasons.DiskFull, FailureKind.NeedsPerson), (outcome.Reason, outcome.FailureKind));
        Assert.Contains("Free at least", outcome.Message, StringComparison.Ordinal);
        Assert.Equal("", XCat.Digest("golden"));
        Assert.False(Directory.Exists(Path.Combine(XCat.Root, "install/netboot/debian12/x86_64/golden-profile")));

        File.Delete(Path.Combine(XCat.Root, "install/filler"));
        outcome = await UntilEndedAsync(() => Engine.RetrieveImageAsync(image, source, Token), () => Task.CompletedTask);
        Assert.True(outcome.Phase == OperationPhase.Succeeded, outcome.Message);
        Assert.Equal(image.Digest, XCat.Digest("golden"));
    }

    public override async ValueTask DisposeAsync()
    {
        if (_isMounted)
            await ShellAsync($"umount -l '{Path.Combine(XCat.Root, "install")}'");
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private async Task SmallAsync(int mebibytes)
    {
        Assert.SkipUnless(Environment.UserName == "root", "Mounting a small file system needs root.");
        var install = Path.Combine(XCat.Root, "install");
        await ShellAsync($"mount -t tmpfs -o size={mebibytes}m provisioning-test '{install}' && mkdir '{install}/image' '{install}/custom'");
        _isMounted = true;
    }

    private Task FillAsync(int mebibytes) => ShellAsync($"head -c {mebibytes}M /dev/zero >'{XCat.Root}/install/filler'; true");

    private static async Task ShellAsync(string command)
    {
        using var process = Process.Start("/bin/sh", ["-c", command]);
        await process.WaitForExitAsync(Token);
        Assert.Equal(0, process.ExitCode);
    }

    /// <summary>Has something happen as soon as all bytes have arrived, before they are placed.</summary>
    private async Task<OperationOutcome> UntilEndedAsync(Func<Task<OperationOutcome>> work, Func<Task> arrived)
    {
        for (var call = 0; ; call++)
        {
            var outcome = await work();
            if (outcome.Phase != OperationPhase.Running || call == 100)
                return outcome;
            if (outcome.ProgressPercent == 100)
                await arrived();
            await World.PassAsync(outcome.PollAfter);
        }
    }
}

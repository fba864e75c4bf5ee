using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Libvirt.Tests.Support;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Libvirt.Tests.Operations;

/// <summary>Real small file systems that run full: before the work and in the middle of it. A person is asked, nothing half made is left, and with space it goes on by itself.</summary>
public sealed class FullDiskTests : EngineTestBase
{
    private readonly List<string> _mounts = [];
    private readonly FakeHost _other = new();

    [Fact]
    public async Task A_capture_without_space_says_how_much_it_needs_and_leaves_the_machine_as_it_is_and_works_when_there_is_space()
    {
        await SmallAsync(_host.Spec.ImageDirectory, 64);
        await LoadAsync(await _host.MakeImageAsync("tiny", "256M"));
        await WriteToDiskAsync(100);

        var outcome = await CaptureAsync();

        Assert.Equal((OperationPhase.Failed, Reasons.DiskFull, FailureKind.NeedsPerson, true), (outcome.Phase, outcome.Reason, outcome.FailureKind, outcome.MachineUntouched));
        Assert.Matches(@"^The capture needs 10\d MiB, and \S+/images on vmhost has 6\d MiB left\. Free at least \d\d MiB there; then it goes on by itself\.$", outcome.Message);
        Assert.Equal(["define", "start"], _host.Effects.Select(effect => effect.Split(' ')[0]));
        Assert.Equal(["tiny.qcow2"], Files(_host.Spec.ImageDirectory));
        await ResizeAsync(_host.Spec.ImageDirectory, 300);
        Assert.Equal(OperationPhase.Succeeded, (await CaptureAsync()).Phase);
    }

    [Fact]
    public async Task A_disk_that_runs_full_in_the_middle_of_a_capture_leaves_nothing_of_it()
    {
        await SmallAsync(_host.Spec.ImageDirectory, 200);
        await LoadAsync(await _host.MakeImageAsync("tiny", "256M"));
        await WriteToDiskAsync(100);
        // Somebody else takes the space after it was looked at.
        _driver.After = (_, outcome) => outcome.Step == "Convert" ? FillAsync(_host.Spec.ImageDirectory, 180) : Task.CompletedTask;

        var outcome = await CaptureAsync();

        Assert.Equal((OperationPhase.Failed, Reasons.DiskFull, FailureKind.NeedsPerson, null), (outcome.Phase, outcome.Reason, outcome.FailureKind, outcome.CapturedImage));
        Assert.Contains("no space left", outcome.Message, StringComparison.Ordinal);
        Assert.Equal(["filler", "tiny.qcow2"], Files(_host.Spec.ImageDirectory));
        _driver.After = null;
        File.Delete(Path.Combine(_host.Spec.ImageDirectory, "filler"));
        Assert.Equal(OperationPhase.Succeeded, (await CaptureAsync()).Phase);
    }

    [Fact]
    public async Task A_load_without_space_for_the_disk_leaves_the_old_machine_running()
    {
        await SmallAsync(_host.Spec.MachineDirectory, 72);
        await LoadAsync(await _host.MakeImageAsync("tiny"));
        await FillAsync(_host.Spec.MachineDirectory, 20);

        var image = await _host.MakeImageAsync("other");
        var outcome = await _driver.RunAsync(_driver.Begin(OperationKind.Load, image), _engine.LoadAsync);

        Assert.Equal((Reasons.DiskFull, FailureKind.NeedsPerson, true), (outcome.Reason, outcome.FailureKind, outcome.MachineUntouched));
        Assert.Contains("/machines/", outcome.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_host.Effects, effect => effect.StartsWith("destroy", StringComparison.Ordinal));
        File.Delete(Path.Combine(_host.Spec.MachineDirectory, "filler"));
        _host.Guest.ShownKey = FakeGuest.ImageKey;
        await LoadAsync(image);
    }

    [Fact]
    public async Task A_copy_waits_for_space_and_goes_on_where_it_was()
    {
        var image = await NoisyImageAsync(30);
        await SmallAsync(_host.Spec.ImageDirectory, 64);

        var outcome = await FetchAsync(image, new FillingSource(_other, image, () => Task.CompletedTask));

        Assert.Equal((Reasons.DiskFull, FailureKind.NeedsPerson), (outcome.Reason, outcome.FailureKind));
        Assert.Empty(Files(_host.Spec.ImageDirectory));
        await ResizeAsync(_host.Spec.ImageDirectory, 200);
        Assert.Equal(OperationPhase.Succeeded, (await FetchAsync(image, new FillingSource(_other, image, () => Task.CompletedTask))).Phase);
        Assert.Equal(image.Digest, await DigestAsync(Path.Combine(_host.Spec.ImageDirectory, image.FileName)));
    }

    [Fact]
    public async Task A_disk_that_runs_full_in_the_middle_of_a_copy_shows_nothing_of_it_and_loses_nothing()
    {
        var image = await NoisyImageAsync(30);
        await SmallAsync(_host.Spec.ImageDirectory, 128);

        var outcome = await FetchAsync(image, new FillingSource(_other, image, () => FillAsync(_host.Spec.ImageDirectory, 120)));

        Assert.Equal((Reasons.DiskFull, FailureKind.NeedsPerson), (outcome.Reason, outcome.FailureKind));
        Assert.False(File.Exists(Path.Combine(_host.Spec.ImageDirectory, image.FileName)));
        File.Delete(Path.Combine(_host.Spec.ImageDirectory, "filler"));
        var source = new FillingSource(_other, image, () => Task.CompletedTask);
        Assert.Equal(OperationPhase.Succeeded, (await FetchAsync(image, source)).Phase);
        Assert.True(source.FirstOffset > 0, "What had arrived was thrown away.");
        Assert.Equal(image.Digest, await DigestAsync(Path.Combine(_host.Spec.ImageDirectory, image.FileName)));
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var mount in _mounts)
            await _host.ShellAsync($"umount -l '{mount}'");
        await base.DisposeAsync();
        _other.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>A file system of its own, of so many MiB.</summary>
    private async Task SmallAsync(string directory, int mebibytes)
    {
        Assert.SkipUnless(Environment.UserName == "root", "Mounting a small file system needs root.");
        Directory.CreateDirectory(directory);
        var result = await _host.ShellAsync($"mount -t tmpfs -o size={mebibytes}m provisioning-test '{directory}'");
        Assert.True(result.IsSuccess, result.Error);
        _mounts.Add(directory);
    }

    private async Task ResizeAsync(string directory, int mebibytes) => Assert.True((await _host.ShellAsync($"mount -o remount,size={mebibytes}m '{directory}'")).IsSuccess);

    /// <summary>Takes space, as far as there is any.</summary>
    private async Task FillAsync(string directory, int mebibytes) => await _host.ShellAsync($"head -c {mebibytes}M /dev/zero >'{directory}/filler'");

    private static string[] Files(string directory) => [.. Directory.GetFiles(directory).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    /// <summary>The machine writes what cannot be compressed.</summary>
    private async Task WriteToDiskAsync(int mebibytes)
    {
        var disk = Directory.GetFiles(Machine.Directory, "disk-*.qcow2").Single();
        var noise = Path.Combine(_host.Root, "noise");
        var result = await _host.ShellAsync($"head -c {mebibytes}M /dev/urandom >'{noise}' && qemu-io -f qcow2 -c 'write -s {noise} 1M {mebibytes}M' '{disk}' && rm -f '{noise}'");
        Assert.True(result.IsSuccess, result.Error);
    }

    private async Task<ImageTarget> NoisyImageAsync(int mebibytes)
    {
        var image = await _other.MakeImageAsync("golden", "64M");
        var (path, noise) = (Path.Combine(_other.Spec.ImageDirectory, image.FileName), Path.Combine(_other.Root, "noise"));
        await _other.ShellAsync($"head -c {mebibytes}M /dev/urandom >'{noise}' && qemu-io -f qcow2 -c 'write -s {noise} 1M {mebibytes}M' '{path}' && rm -f '{noise}'");
        return image with { Digest = await DigestAsync(path) };
    }

    private Task<OperationOutcome> CaptureAsync() => _driver.RunAsync(_driver.Begin(OperationKind.Capture, capture: Capture), _engine.CaptureAsync);

    private async Task<OperationOutcome> FetchAsync(ImageTarget image, IImageSource source)
    {
        for (var call = 0; ; call++)
        {
            var outcome = await _engine.RetrieveImageAsync(image, source, Token);
            if (outcome.Phase != OperationPhase.Running || call == 100)
                return outcome;
        }
    }

    /// <summary>Sends a file, and has something happen after its second part.</summary>
    private sealed class FillingSource(FakeHost host, ImageTarget image, Func<Task> middle) : IImageSource
    {
        private readonly byte[] _bytes = File.ReadAllBytes(Path.Combine(host.Spec.ImageDirectory, image.FileName));
        private int _reads;

        public long FirstOffset { get; private set; } = -1;

        public string Name => "other";

        public long SizeBytes => _bytes.Length;

        public async Task<ReadOnlyMemory<byte>> ReadAsync(long offset, int count, CancellationToken cancellationToken)
        {
            if (FirstOffset < 0)
                FirstOffset = offset;
            if (++_reads == 3)
                await middle();
            return _bytes.AsMemory((int)offset, Math.Min(count, _bytes.Length - (int)offset));
        }
    }
}

using System.Security.Cryptography;
using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.EndToEnd.Bed;
using Provisioning.EndToEnd.Killed;

namespace Provisioning.EndToEnd.Faults;

/// <summary>
/// A virtual machine whose disk holds data and no system: it is loaded, started and captured in seconds and needs no processor, so that faults can be many.
/// </summary>
/// <param name="lab">Its lab.</param>
/// <param name="name">Name of its Node.</param>
public sealed class BareMachine(Lab lab, string name)
{
    private const string ImageName = "data";

    // Enough that a copy at 4 MB/s takes some seconds.
    private const int DataMiB = 20;

    /// <summary>Name of its Node.</summary>
    public string Name => name;

    /// <summary>Its lab.</summary>
    public Lab Lab => lab;

    /// <summary>Makes its image, if it does not exist, and loads it.</summary>
    public async Task PrepareAsync(string? imageDirectory = null)
    {
        var provisioner = lab.NewProvisioner();
        provisioner.Spec.Libvirt!.ImageDirectory = imageDirectory ?? lab.Host["IMAGES"];
        // It has nobody who would listen to its power button.
        provisioner.Spec.Timeouts.SoftPowerOffSeconds = 1;
        await lab.Kubectl.ApplyAsync(provisioner);
        await lab.Kubectl.ApplyAsync(await NewImageAsync(provisioner.Spec.Libvirt.ImageDirectory));
        await lab.Kubectl.ApplyAsync(NewNode());
        await lab.UntilReadyAsync(name);
    }

    /// <summary>Its domain.</summary>
    public Task<Machine> MachineAsync() => lab.MachineAsync(name);

    /// <summary>Asks for a load, whatever is on it.</summary>
    public async Task<string> ReloadAsync()
    {
        var token = Guid.NewGuid().ToString("N");
        await lab.ChangeAsync(name, $$"""{"reloadToken":"{{token}}"}""");
        return token;
    }

    /// <summary>Waits until the load of a token is done, and judges by the VM host's log and by libvirt's events that each of its effects happened once.</summary>
    /// <param name="token">The token.</param>
    /// <param name="mark">Where the log was before.</param>
    /// <param name="createdTimes">How often the disk was made.</param>
    /// <returns>The Node.</returns>
    public async Task<Node> UntilLoadedOnceAsync(string token, HostMark mark, int createdTimes = 1)
    {
        var node = await lab.UntilAsync(name, "loaded anew", found => found.IsReady() && found.Status!.HandledReloadToken == token);
        var machine = await MachineAsync();
        HostEffects.AreExactly([.. Enumerable.Repeat("create", createdTimes), "destroy", "define", "start"], lab.Host.Commands.EffectsSince(mark, machine.Uuid));
        await lab.Host.Events.AreExactlyAsync(mark, machine.Name, "Stopped", "Defined", "Started");
        var disk = Assert.Single((await machine.DiskAsync()).Split('\n'));
        Assert.EndsWith($"disk-{node.Status!.LoadedImage!.OperationId}.qcow2", disk.Split(' ')[0], StringComparison.Ordinal);
        Assert.Equal("running", machine.State);
        return node;
    }

    /// <summary>Asks for a capture.</summary>
    public Task CaptureAsync(string image) => lab.Kubectl.ApplyAsync(new ImageCapture
    {
        Metadata = new() { Name = image },
        Spec = new() { NodeRef = new() { Name = name }, ImageName = image, Preparation = CapturePreparation.None, ImageDeletionPolicy = ImageDeletionPolicy.Delete },
    });

    /// <summary>Waits until a capture is done, and judges by the bytes on the VM host that there is one whole image, and by its log and libvirt's events that each effect happened once.</summary>
    public async Task<ImageCapture> UntilCapturedOnceAsync(string image, HostMark mark)
    {
        ImageCapture? capture = null;
        await lab.UntilAsync($"{image} is captured", async () => (capture = await lab.Kubectl.CaptureAsync(image))?.Status?.FinishedTime is not null);
        Assert.True(capture!.Status!.CapturedImage is not null, $"{string.Join('\n', capture.Status.Conditions)}\n{await lab.DescribeAsync(name)}");
        await lab.UntilReadyAsync(name);
        var machine = await MachineAsync();
        var operation = capture.Status.OperationId!;
        var effects = lab.Host.Commands.Since(mark).Where(command => command.HasEffect && command.Arguments.Any(argument => argument.Contains(machine.Uuid, StringComparison.Ordinal) || argument.Contains(operation, StringComparison.Ordinal))).ToList();
        // One "create" tries whether QEMU knows zstd; the "start" puts the machine back on afterwards.
        HostEffects.AreExactly(["destroy", "create", "convert", "start"], effects);
        HostEffects.ArePressedOnceEach(machine.Directory, operation, effects);
        await lab.Host.Events.AreExactlyAsync(mark, machine.Name, "Stopped", "Started");
        await AssertWholeAsync(image, capture.Status.CapturedImage);
        // What the machine's disk holds is what the image holds.
        var (disk, file) = ((await machine.DiskAsync()).Split(' ')[0], Assert.Single(await FilesOfAsync(image)));
        await Programs.RunAsync("qemu-img", ["compare", "-U", "-q", "-f", "qcow2", "-F", "qcow2", disk, file], cancellationToken: TestContext.Current.CancellationToken);
        return capture;
    }

    /// <summary>The files that a capture made, temporary ones too.</summary>
    public async Task<string[]> FilesOfAsync(string image)
    {
        var images = (await lab.Kubectl.ProvisionerAsync("host"))!.Spec.Libvirt!.ImageDirectory;
        return [.. Directory.GetFiles(images, ".capture-*"), .. Directory.GetFiles(images, $"{image}-*")];
    }

    /// <summary>Waits until the VM host has noted a command that belongs to a machine or an operation.</summary>
    public Task UntilBegunAsync(string verb, HostMark mark) =>
        lab.UntilAsync($"{verb} was begun on the VM host", () => Task.FromResult(lab.Host.Commands.Since(mark).Any(command => command.Verb == verb)), Lab.Patience, TimeSpan.FromMilliseconds(50));

    /// <summary>There is one file, and it is whole: its digest is what the Image and the capture say.</summary>
    public async Task AssertWholeAsync(string image, CapturedImage captured)
    {
        var found = (await lab.Kubectl.ImageAsync(image))!;
        var file = Assert.Single(await FilesOfAsync(image));
        await using var stream = File.OpenRead(file);
        var digest = "sha256:" + Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, TestContext.Current.CancellationToken));
        Assert.Equal((digest, digest), (found.Spec.Digest, captured.Digest));
        Assert.Equal((Path.GetFileName(file), stream.Length), (found.Spec.FileName, captured.SizeBytes));
    }

    private Node NewNode() => new()
    {
        Metadata = new() { Name = name },
        Spec = new()
        {
            ProvisionerRef = new() { Name = "host" },
            ImageRef = new LocalReference { Name = ImageName },
            PowerState = PowerState.PoweredOn,
            OperatingSystem = new() { Type = OperatingSystemType.None },
            Hardware = new() { MemoryMiB = 64 },
        },
    };

    private async Task<Image> NewImageAsync(string directory)
    {
        var file = Path.Combine(directory, $"{ImageName}.qcow2");
        if (!File.Exists(file))
        {
            var raw = Path.GetTempFileName();
            try
            {
                var data = new byte[DataMiB << 20];
                Random.Shared.NextBytes(data);
                // No boot sector: the firmware finds nothing to start, and halts.
                data.AsSpan(0, 512).Clear();
                await File.WriteAllBytesAsync(raw, data, TestContext.Current.CancellationToken);
                await Programs.RunAsync("qemu-img", ["convert", "-f", "raw", "-O", "qcow2", raw, file]);
                await Programs.RunAsync("chown", [$"{lab.Host["USER"]}:{lab.Host["USER"]}", file]);
            }
            finally
            {
                File.Delete(raw);
            }
        }

        await using var stream = File.OpenRead(file);
        var digest = "sha256:" + Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, TestContext.Current.CancellationToken));
        return new() { Metadata = new() { Name = ImageName }, Spec = new() { Revision = "1", Digest = digest, Format = ImageFormat.Qcow2, FileName = $"{ImageName}.qcow2" } };
    }
}

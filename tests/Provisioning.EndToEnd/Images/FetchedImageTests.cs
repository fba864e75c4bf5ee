using System.Diagnostics;
using System.Security.Cryptography;
using Provisioning.Api.Images;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Images;

/// <summary>An image that one library has comes to another one over real SSH, because a Node there asks for it.</summary>
public sealed class FetchedImageTests(TestBed bed) : IAsyncLifetime
{
    private const string Second = "second";

    private Lab _lab = null!;

    private string SecondImages => $"{_lab.Host["HOME"]}/images-{_lab.Kubectl.Namespace}";

    public async ValueTask InitializeAsync()
    {
        _lab = await bed.NewLabAsync("fetch");
        await _lab.Kubectl.ApplyAsync(SecondProvisioner());
    }

    public async ValueTask DisposeAsync()
    {
        await _lab.DisposeAsync();
        await _lab.Host.RemoveAsync($"{Second}-{_lab.Kubectl.Namespace}-");
        foreach (var folder in (string[])[SecondImages, SecondImages.Replace("/images-", "/disks-", StringComparison.Ordinal)])
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_machine_is_loaded_from_an_image_that_only_another_host_had()
    {
        await _lab.Kubectl.ApplyAsync(_lab.NewImage("tiny-a"));
        var node = _lab.NewNode("vm", "tiny-a");
        node.Spec.ProvisionerRef = new() { Name = Second };
        await _lab.Kubectl.ApplyAsync(node);

        await _lab.UntilReadyAsync("vm");

        Assert.Equal(_lab.Host.DigestOf("tiny-a"), await DigestAsync($"{SecondImages}/tiny-a.qcow2"));
        await _lab.UntilAsync("the Image names both places", async () => (await _lab.Kubectl.ImageAsync("tiny-a"))!.Status is { Locations.Count: 2, Fetches.Count: 0 });
        var locations = (await _lab.Kubectl.ImageAsync("tiny-a"))!.Status!.Locations;
        Assert.Equal([("host", ImageOrigin.Placed), (Second, ImageOrigin.Fetched)], locations.Select(location => (location.Provisioner, location.Origin)));

        await NobodyNeedsItAnyMoreAsync();
    }

    [Fact]
    public async Task A_copy_survives_the_operator_and_appears_whole()
    {
        var path = $"{_lab.Host["IMAGES"]}/large-{_lab.Kubectl.Namespace}.img";
        await Programs.RunAsync("dd", ["if=/dev/urandom", $"of={path}", "bs=1M", "count=256", "status=none"], cancellationToken: TestContext.Current.CancellationToken);
        try
        {
            var digest = await DigestAsync(path);
            await _lab.Kubectl.ApplyAsync(new Image { Metadata = new() { Name = "large" }, Spec = new() { Revision = "1", Digest = digest, Format = ImageFormat.Raw, FileName = Path.GetFileName(path), OperatingSystem = OperatingSystemType.None } });
            await _lab.UntilAsync("the Image is known", async () => (await _lab.Kubectl.ImageAsync("large"))!.Status?.Locations.Count == 1);
            await _lab.Kubectl.ApplyAsync(NodeWithoutSystem());

            var part = $"{SecondImages}/.fetch-{digest["sha256:".Length..]}";
            await UntilSizeAsync(part, 20 << 20);
            await bed.Operator.KillAsync();
            var (inode, size) = (await InodeAsync(part), new FileInfo(part).Length);
            Assert.InRange(size, 20 << 20, (256 << 20) - 1);
            Assert.False(File.Exists($"{SecondImages}/{Path.GetFileName(path)}"));

            await bed.Operator.StartAsync();
            await _lab.UntilAsync("the copy is there", () => Task.FromResult(File.Exists($"{SecondImages}/{Path.GetFileName(path)}")));

            // The same file: what had arrived was not fetched again.
            Assert.Equal((inode, digest), (await InodeAsync($"{SecondImages}/{Path.GetFileName(path)}"), await DigestAsync($"{SecondImages}/{Path.GetFileName(path)}")));
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>The copy goes with its last Node; the operator finds it unused when it looks again.</summary>
    private async Task NobodyNeedsItAnyMoreAsync()
    {
        await _lab.ChangeAsync("vm", """{"deletionPolicy":"Unload"}""");
        await _lab.Kubectl.RunAsync("delete", "pn", "vm", "--wait=true", "--timeout=120s");
        await bed.Operator.KillAsync();
        await bed.Operator.StartAsync();

        await _lab.UntilAsync("the copy is deleted", () => Task.FromResult(!File.Exists($"{SecondImages}/tiny-a.qcow2")));
        Assert.True(File.Exists($"{_lab.Host["IMAGES"]}/tiny-a.qcow2"));
    }

    private Provisioner SecondProvisioner()
    {
        var provisioner = _lab.NewProvisioner();
        provisioner.Metadata.Name = Second;
        provisioner.Spec.Libvirt!.Installation = Second;
        provisioner.Spec.Libvirt.ImageDirectory = SecondImages;
        provisioner.Spec.Libvirt.MachineDirectory = SecondImages.Replace("/images-", "/disks-", StringComparison.Ordinal);
        provisioner.Spec.Timeouts.UnusedCopySeconds = 0;
        return provisioner;
    }

    private Node NodeWithoutSystem()
    {
        var node = _lab.NewNode("large", "large", memoryMiB: 64);
        node.Spec.ProvisionerRef = new() { Name = Second };
        node.Spec.OperatingSystem = new();
        node.Spec.PowerState = null;
        return node;
    }

    private static Task UntilSizeAsync(string path, long bytes) =>
        Poll.UntilAsync($"{path} grows to {bytes} bytes", () => Task.FromResult(File.Exists(path) && new FileInfo(path).Length >= bytes), TimeSpan.FromMinutes(2), TimeSpan.FromMilliseconds(20));

    private static async Task<string> DigestAsync(string path)
    {
        await using var file = File.OpenRead(path);
        return "sha256:" + Convert.ToHexStringLower(await SHA256.HashDataAsync(file, TestContext.Current.CancellationToken));
    }

    private static Task<string> InodeAsync(string path) => Programs.RunAsync("stat", ["-c", "%i", path]);
}

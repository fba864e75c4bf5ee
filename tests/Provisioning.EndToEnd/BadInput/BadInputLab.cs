using System.Security.Cryptography;
using Provisioning.Api.Images;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.BadInput;

/// <summary>
/// A namespace that the tests of one class share, with quick machines: real ones with an empty disk, which run but boot nothing.
/// </summary>
/// <param name="bed">The bed.</param>
public class BadInputLab(TestBed bed) : IAsyncLifetime
{
    /// <summary>Name of the Image of an empty disk.</summary>
    public const string Blank = "blank";

    private readonly List<string> _files = [];
    private Lab? _lab;

    /// <summary>The namespace.</summary>
    public Lab Lab => _lab!;

    /// <summary>The VM host.</summary>
    public VmHost Host => bed.Host;

    /// <inheritdoc/>
    public virtual async ValueTask InitializeAsync()
    {
        _lab = await bed.NewLabAsync("bad");
        await Lab.Kubectl.ApplyAsync(await NewImageAsync(Blank, "4M"));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_lab is not null)
            await _lab.DisposeAsync();
        foreach (var file in _files)
            File.Delete(file);
        GC.SuppressFinalize(this);
    }

    /// <summary>A Node without an operating system that could be asked.</summary>
    public static Node NewNode(string name, string provisioner, string? image = Blank) => new()
    {
        Metadata = new() { Name = name },
        Spec = new()
        {
            ProvisionerRef = new() { Name = provisioner },
            ImageRef = image is null ? null : new LocalReference { Name = image },
            PowerState = PowerState.PoweredOn,
            OperatingSystem = new() { Type = OperatingSystemType.None },
            Hardware = new() { MemoryMiB = 64 },
        },
    };

    /// <summary>Path of a file in the host's image directory, which goes with this lab.</summary>
    public string ImageFile(string fileName)
    {
        var path = Path.Combine(Host["IMAGES"], fileName);
        _files.Add(path);
        return path;
    }

    /// <summary>Makes an empty disk of its own in the host's image directory, and its Image.</summary>
    public async Task<Image> NewImageAsync(string name, string size)
    {
        // A machine of an earlier lab may still hold the file of this name, so it is replaced and not written over.
        var made = ImageFile($"{name}.new");
        await Programs.RunAsync("qemu-img", ["create", "-q", "-f", "qcow2", made, size]);
        File.Move(made, ImageFile($"{name}.qcow2"), overwrite: true);
        return await ToImageAsync(name, $"{name}.qcow2");
    }

    /// <summary>The Image for a file as it is now.</summary>
    public async Task<Image> ToImageAsync(string name, string fileName)
    {
        var bytes = await File.ReadAllBytesAsync(ImageFile(fileName));
        return new() { Metadata = new() { Name = name }, Spec = new() { Revision = "1", Digest = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes)), Format = ImageFormat.Qcow2, FileName = fileName } };
    }
}

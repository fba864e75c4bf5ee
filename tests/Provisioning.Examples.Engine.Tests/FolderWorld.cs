using System.Security.Cryptography;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines;
using Provisioning.Engines.Conformance;
using Provisioning.Engines.Targets;

namespace Provisioning.Examples.Engine.Tests;

/// <summary>The world of the example: folders on a local disk. What was done to a machine is what the kernel saw.</summary>
internal sealed class FolderWorld : IEngineHarness
{
    private readonly string _root = Directory.CreateTempSubdirectory("provisioning-example-").FullName;
    private readonly Dictionary<string, KernelLog> _seen = [];
    private readonly HashSet<string> _images = [];

    public string Engine => "Directory";

    public string Page => "../examples/engine/README.md";

    public string Counterpart => "folders on a local disk";

    public EngineCapabilities Capabilities =>
        EngineCapabilities.Load | EngineCapabilities.Capture | EngineCapabilities.PowerOn | EngineCapabilities.PowerOff | EngineCapabilities.PowerReset
        | EngineCapabilities.PowerState | EngineCapabilities.Unload | EngineCapabilities.Images;

    public EngineTraits Traits => new() { HasOperatingSystem = false, HasEndpointLogin = false, RestsOnImages = false };

    public TimeProvider Clock => TimeProvider.System;

    public IReadOnlyList<SecretText> Secrets { get; } = [new("correct-horse-battery")];

    public IReadOnlyList<string> Logged => [];

    public ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Path.Combine(_root, "machines"));
        Directory.CreateDirectory(Path.Combine(_root, "images"));
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        foreach (var log in _seen.Values)
            log.Dispose();
        Directory.Delete(_root, recursive: true);
        return ValueTask.CompletedTask;
    }

    public IProvisioningEngine NewEngine() => new DirectoryEngine(_root, Clock);

    public Task<NodeTarget> NewNodeAsync(string name)
    {
        var node = new NodeTarget
        {
            Namespace = "lab",
            Name = name,
            Uid = $"uid-{name}",
            Spec = new() { OperatingSystem = new() { Type = OperatingSystemType.None } },
            Credentials = new("login", "1", null, null, Secrets[0]),
        };
        _seen[name] = new(Directory.CreateDirectory(FolderOf(node)).FullName);
        return Task.FromResult(node);
    }

    public async Task<ImageTarget> ImageAsync(string name)
    {
        var path = Path.Combine(_root, "images", $"{name}.raw");
        var bytes = System.Text.Encoding.UTF8.GetBytes($"the contents of {name}");
        if (_images.Add(name))
            await File.WriteAllBytesAsync(path, bytes);
        return Image(name, bytes);
    }

    public Task<ImageTarget> MissingImageAsync(string name) => Task.FromResult(Image(name, [0]));

    public Task PassAsync(TimeSpan time) => Task.CompletedTask;

    public async Task<MachineView> LookAsync(NodeTarget node)
    {
        var folder = FolderOf(node);
        var (power, current) = (Path.Combine(folder, "power"), Path.Combine(folder, "current"));
        var content = File.Exists(current) ? "sha256:" + Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(folder, "disks", await File.ReadAllTextAsync(current), "data")))) : "";
        return new(await _seen[node.Name].ReadAsync(), File.Exists(power), content);
    }

    public string? Lacks(WorldFault fault) => fault switch
    {
        WorldFault.Unreachable or WorldFault.Garbled => null,
        WorldFault.CredentialsRefused => "folders have no login",
        WorldFault.Slow or WorldFault.Silent or WorldFault.LostReply => "a local disk answers at once and surely",
        _ => "every step is over with its call",
    };

    public Task<IAsyncDisposable> InjectAsync(WorldFault fault, NodeTarget? node = null)
    {
        string[] hidden = node is not null ? [FolderOf(node)] : fault == WorldFault.Unreachable ? [_root] : [Path.Combine(_root, "machines"), Path.Combine(_root, "images")];
        foreach (var folder in hidden)
        {
            Directory.Move(folder, folder + ".away");
            if (fault == WorldFault.Garbled || node is not null)
                File.WriteAllText(folder, "no folder");
        }

        return Task.FromResult<IAsyncDisposable>(new Restoring(hidden));
    }

    private string FolderOf(NodeTarget node) => Path.Combine(_root, "machines", $"{node.Namespace}.{node.Name}");

    private static ImageTarget Image(string name, byte[] bytes) => new()
    {
        Name = name,
        Revision = "1",
        Digest = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes)),
        Format = Api.Images.ImageFormat.Raw,
        FileName = $"{name}.raw",
    };

    private sealed class Restoring(string[] hidden) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            foreach (var folder in hidden)
            {
                File.Delete(folder);
                Directory.Move(folder + ".away", folder);
            }

            return ValueTask.CompletedTask;
        }
    }
}

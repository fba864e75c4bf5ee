using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Conformance;
using Provisioning.Engines.Conformance.Remote;
using Provisioning.Engines.Libvirt.Domains;
using Provisioning.Engines.Libvirt.Machines;
using Provisioning.Engines.Libvirt.Tests.Support;
using Provisioning.Engines.Targets;
using Provisioning.Ssh;

namespace Provisioning.Engines.Libvirt.Tests.Conformance;

/// <summary>A VM host of scripts: the real commands in a real shell, and every fault of a connection.</summary>
internal sealed class ScriptedWorld : IEngineHarness, ISshConnector
{
    private const string Password = "guest-password-7c1f";
    private const string PrivateKey = "-----BEGIN OPENSSH PRIVATE KEY-----host-key-93ab";

    private readonly FakeHost _host = new();
    private readonly ScriptedGuests _guests;
    private readonly FakeTimeProvider _clock = new(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly Dictionary<string, LoadedImage> _begun = [];
    private readonly RecordedLog _log = new();
    private readonly Dictionary<string, ImageTarget> _images = [];
    private readonly OperatingSystemType _system;
    private readonly FaultyConnections _connections = new("The VM host");

    public ScriptedWorld(OperatingSystemType system = OperatingSystemType.Linux)
    {
        _system = system;
        _guests = new(_host);
    }

    public string Engine => "Libvirt";

    public string Counterpart => "a VM host of scripts, in a real shell";

    public EngineCapabilities Capabilities => LibvirtPromises.Capabilities;

    /// <summary>Every call of an engine is a few processes.</summary>
    public EngineTraits Traits => new() { IsCostly = true, HasOperatingSystem = _system != OperatingSystemType.None };

    public TimeProvider Clock => _clock;

    public IReadOnlyList<SecretText> Secrets { get; } = [new(Password), new(PrivateKey)];

    public IReadOnlyList<string> Logged => _log.Messages;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        _host.Dispose();
        return ValueTask.CompletedTask;
    }

    public IProvisioningEngine NewEngine() =>
        new LibvirtEngine(_host.Provisioner with { Credentials = new("login", "1", Secrets[1], null, null) }, this, new(this, _clock, _log), [_guests], _clock, _log);

    public Task<NodeTarget> NewNodeAsync(string name)
    {
        var node = FakeHost.Node(_system);
        return Task.FromResult(node with
        {
            Name = name,
            Uid = $"uid-{name}",
            Credentials = new("guest", "1", null, null, Secrets[0]),
            Spec = new() { OperatingSystem = new() { Type = _system, Address = StandInSystems.AddressOf(name) } },
        });
    }

    public async Task<ImageTarget> ImageAsync(string name) => _images.TryGetValue(name, out var image) ? image : _images[name] = await _host.MakeImageAsync(name);

    public Task<ImageTarget> MissingImageAsync(string name) =>
        Task.FromResult(new ImageTarget { Name = name, Revision = "1", Digest = "sha256:" + new string('0', 64), Format = Api.Images.ImageFormat.Qcow2, FileName = $"{name}.qcow2" });

    public Task PassAsync(TimeSpan time)
    {
        _clock.Advance(time);
        return Task.CompletedTask;
    }

    public async Task<MachineView> LookAsync(NodeTarget node)
    {
        var content = _guests.OverlayOf(node.Name) is { } disk ? await BelowAsync(disk) : "";
        return new(_guests.EffectsOf(node.Name), _guests.IsOn(node.Name), content);
    }

    /// <summary>Writes what a load leaves, which is what most tests begin with: a load is dozens of programs. That it is the same is a test of its own.</summary>
    public async Task<bool> TryBeginAsync(NodeTarget node, Beginning beginning)
    {
        if (beginning is not (Beginning.On or Beginning.Off or Beginning.OtherImage) || _guests.EffectsOf(node.Name).Count > 0)
            return false;
        var image = await ImageAsync(beginning == Beginning.OtherImage ? "other" : "base");
        var loaded = _begun[node.Name] = new() { Name = image.Name, Revision = image.Revision, Digest = image.Digest, OperationId = $"begun-{node.Name}", State = LoadState.Loaded };
        var (machine, record) = (new Machine(_host.Spec, node), MachineRecord.For(image, loaded.OperationId));
        Directory.CreateDirectory(machine.Directory);
        await _host.ShellAsync($"/usr/bin/qemu-img create -q -f qcow2 -F qcow2 -b '{machine.ImagePath(image.FileName)}' '{machine.DiskPath(record.Disk)}'");
        _host.Define(machine.Uuid, DomainXml.Build(machine, record), isOn: beginning != Beginning.Off);
        if (_system != OperatingSystemType.None)
            record = record.With([_guests.Configure(node.Name, image, loaded.OperationId)]);
        await File.WriteAllTextAsync(machine.RecordPath, record.ToJson() + "\n");
        return true;
    }

    public NodeTarget AsRecorded(NodeTarget node) => node with
    {
        LoadedImage = _begun[node.Name],
        SshHostKeys = _system == OperatingSystemType.None ? [] : [_guests.KeyOf(node.Name)],
        LastPower = _guests.IsOn(node.Name) ? PowerValue.On : PowerValue.Off,
    };

    public string? Lacks(WorldFault fault) => null;

    public Task<IAsyncDisposable> InjectAsync(WorldFault fault, NodeTarget? node = null)
    {
        if (node is not null)
        {
            _guests.Mute = node.Name;
            return Task.FromResult<IAsyncDisposable>(new InjectedFault(() => _guests.Mute = null));
        }

        if (fault == WorldFault.Stuck)
        {
            // What takes long on a VM host is qemu-img's work.
            _host.Shim("qemu-img", $"[ ! -e {_host.Root}/stuck ] || exec sleep 600; exec /usr/bin/qemu-img \"$@\"");
            _host.Touch("stuck");
            return Task.FromResult<IAsyncDisposable>(new InjectedFault(() => File.Delete(Path.Combine(_host.Root, "stuck"))));
        }

        _connections.Fault = _guests.Fault = fault;
        return Task.FromResult<IAsyncDisposable>(new InjectedFault(() => _connections.Fault = _guests.Fault = null));
    }

    public async Task<ISshSession> ConnectAsync(SshEndpoint endpoint, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await _connections.LogInAsync(cancellationToken);
        return StandInSystems.Has(endpoint) ? await _guests.ConnectAsync(endpoint) : _connections.Over(await _host.ConnectAsync(endpoint, cancellationToken), isShared: false);
    }

    /// <summary>Digest of the image that a disk rests on.</summary>
    private async Task<string> BelowAsync(string disk)
    {
        var info = await _host.ShellAsync($"/usr/bin/qemu-img info -U --output=json '{disk}'");
        if (!info.IsSuccess || !JsonDocument.Parse(info.Output).RootElement.TryGetProperty("backing-filename", out var below) || !File.Exists(below.GetString()))
            return "";
        return "sha256:" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(await File.ReadAllBytesAsync(below.GetString()!)));
    }
}

using Provisioning.Api.Images;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Conformance;
using Provisioning.Engines.Conformance.Remote;
using Provisioning.Engines.Targets;
using Provisioning.Engines.XCat.Machines;
using Provisioning.Engines.XCat.Tests.Support;
using Provisioning.Ssh;

namespace Provisioning.Engines.XCat.Tests.Conformance;

/// <summary>A management node behind a real sshd, whose commands of xCAT are scripts; and every fault of a connection to it.</summary>
internal sealed class XCatWorld : IEngineHarness, ISshConnector
{
    private const string Password = "guest-password-7c1f";
    private const string PrivateKey = "-----BEGIN OPENSSH PRIVATE KEY-----host-key-93ab";

    private readonly Dictionary<string, ImageTarget> _images = [];
    private readonly Dictionary<string, LoadedImage> _begun = [];
    private readonly RecordedLog _log = new();
    private readonly OperatingSystemType _system;
    private readonly string _style;
    private readonly FaultyConnections _connections = new("The management node");

    /// <param name="style">"install", "netboot", "partitions", or "sysclone": installed machines that are captured so.</param>
    /// <param name="system">What runs on the machines.</param>
    public XCatWorld(string style = "install", OperatingSystemType system = OperatingSystemType.Linux)
    {
        (_style, _system) = (style, system);
        Guests = new(XCat);
        XCat.Speed(3);
        Provisioner = new()
        {
            Namespace = "lab",
            Name = "rack",
            Spec = new() { Type = ProvisionerType.XCat, XCat = XCat.Spec, Timeouts = Timeouts },
            Credentials = new("login", "1", Secrets[1], null, null),
        };
        Provisioner.Spec.XCat!.CaptureStyle = style switch { "partitions" => XCatCaptureStyle.Partitions, "sysclone" => XCatCaptureStyle.SysClone, _ => XCatCaptureStyle.Diskless };
    }

    public StubXCat XCat { get; } = new();

    public StubGuests Guests { get; }

    public AheadClock Time { get; } = new();

    public ProvisionerTarget Provisioner { get; }

    public string Engine => "XCat";

    public string Counterpart => _style == "install" ? "stand-in commands behind a real sshd" : $"stand-in commands behind a real sshd, {_style}";

    public EngineCapabilities Capabilities =>
        EngineCapabilities.Load | EngineCapabilities.Capture | EngineCapabilities.PowerOn | EngineCapabilities.PowerOff | EngineCapabilities.PowerReset
        | EngineCapabilities.PowerState | EngineCapabilities.Unload | EngineCapabilities.Images | EngineCapabilities.RetrieveImage | EngineCapabilities.DeleteImage;

    /// <summary>Every call of an engine is dozens of processes.</summary>
    public EngineTraits Traits => new() { IsCostly = true, MakesMachines = false, UnloadErases = false, HasOperatingSystem = _system != OperatingSystemType.None };

    /// <summary>A look may be served an answer that is a tenth of the interval old, and half of it at rest; other engines work on these machines too.</summary>
    public ProvisionerTimeouts Timeouts { get; } = new() { ObserveSeconds = 2 };

    public TimeProvider Clock => Time;

    public IReadOnlyList<SecretText> Secrets { get; } = [new(Password), new(PrivateKey)];

    public IReadOnlyList<string> Logged => _log.Messages;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        XCat.Dispose();
        return ValueTask.CompletedTask;
    }

    public IProvisioningEngine NewEngine() => new XCatEngine(Provisioner, this, new(this, Time, _log), [Guests], Time, new Random(7), _log);

    public Task<NodeTarget> NewNodeAsync(string name)
    {
        XCat.AddNode(name);
        return Task.FromResult(new NodeTarget
        {
            Namespace = "lab",
            Name = name,
            Uid = $"uid-{name}",
            Credentials = new("guest", "1", null, null, Secrets[0]),
            Spec = new() { OperatingSystem = new() { Type = _system, Address = StandInSystems.AddressOf(name) } },
        });
    }

    public Task<ImageTarget> ImageAsync(string name)
    {
        if (!_images.TryGetValue(name, out var image))
            image = _images[name] = _style == "partitions" ? XCat.AddPartitions(name) : XCat.AddOsImage(name, _style == "sysclone" ? "install" : _style);
        return Task.FromResult(image);
    }

    public Task<ImageTarget> MissingImageAsync(string name) => Task.FromResult(new ImageTarget
    {
        Name = name, Revision = "1", Digest = "sha256:" + new string('0', 64), Format = _style == "partitions" ? ImageFormat.Partitions : ImageFormat.OsImage, FileName = name,
    });

    public Task PassAsync(TimeSpan time)
    {
        Time.Advance(time);
        return Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
    }

    public Task<MachineView> LookAsync(NodeTarget node)
    {
        var content = XCat[node.MachineName, "content"];
        return Task.FromResult(new MachineView(XCat.Effects(node.MachineName), XCat[node.MachineName, "power"] == "on", content.Length > 0 ? XCat.Digest(content) : ""));
    }

    /// <summary>Writes what a load leaves, which is what most tests begin with: a load is dozens of programs. That it is the same is a test of its own.</summary>
    public async Task<bool> TryBeginAsync(NodeTarget node, Beginning beginning)
    {
        if (beginning is not (Beginning.On or Beginning.Off or Beginning.OtherImage) || XCat.Effects(node.MachineName).Count > 0)
            return false;
        var image = await ImageAsync(beginning == Beginning.OtherImage ? "other" : "base");
        var loaded = _begun[node.Name] = new() { Name = image.Name, Revision = image.Revision, Digest = image.Digest, OperationId = $"begun-{node.Name}", State = LoadState.Loaded };
        XCat.Load(node.MachineName, image.FileName, _style, isOn: beginning != Beginning.Off);
        var key = _system == OperatingSystemType.None ? null : Guests.Configure(node.Name, image, loaded.OperationId);
        var machine = new ManagedNode(XCat.Spec, node);
        Directory.CreateDirectory(machine.Directory);
        await File.WriteAllTextAsync(machine.OwnerPath, machine.Owner + "\n");
        // A load takes its time: what was seen before it is old.
        Time.Advance(TimeSpan.FromMinutes(1));
        await File.WriteAllTextAsync(machine.Directory + "/record", NodeRecord.For(image, loaded.OperationId, loaded: true).With(key is null ? [] : [key]).ToJson() + "\n");
        return true;
    }

    public NodeTarget AsRecorded(NodeTarget node) => node with
    {
        LoadedImage = _begun[node.Name],
        SshHostKeys = _system == OperatingSystemType.None ? [] : [Guests.KeyOf(node.Name)],
        LastPower = XCat[node.MachineName, "power"] == "on" ? PowerValue.On : PowerValue.Off,
    };

    public string? Lacks(WorldFault fault) => null;

    public Task<IAsyncDisposable> InjectAsync(WorldFault fault, NodeTarget? node = null)
    {
        if (node is not null)
        {
            Guests.Mute = node.Name;
            XCat.Fail(node.MachineName, "rpower", "timeout");
            return UntilMended(() =>
            {
                Guests.Mute = null;
                XCat.Mend(node.MachineName, "rpower");
            });
        }

        if (fault == WorldFault.Stuck)
        {
            XCat.Speed(0);
            return UntilMended(() => XCat.Speed(3));
        }

        _connections.Fault = Guests.Fault = fault;
        return UntilMended(() => _connections.Fault = Guests.Fault = null);
    }

    public async Task<ISshSession> ConnectAsync(SshEndpoint endpoint, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await _connections.LogInAsync(cancellationToken);
        return StandInSystems.Has(endpoint) ? await Guests.ConnectAsync(endpoint) : _connections.Over(await SharedLogin.Instance.SessionAsync(), isShared: true);
    }

    private static Task<IAsyncDisposable> UntilMended(Action mend) => Task.FromResult<IAsyncDisposable>(new InjectedFault(mend));
}

using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using Provisioning.Api.Images;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Conformance;
using Provisioning.Engines.Conformance.Remote;
using Provisioning.Engines.Targets;
using Provisioning.OperatingSystems.Linux;
using Provisioning.Ssh;

namespace Provisioning.Engines.Lab.Tests.Conformance;

/// <summary>Machines with a real sshd and the real Linux module, which go down, stay silent and come back; and every fault of a connection to them.</summary>
internal sealed partial class LabWorld : IEngineHarness, ISshConnector
{
    // It takes a moment, and on a busy machine many.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Dictionary<string, Place> _places = [];
    private readonly Dictionary<string, ImageTarget> _images = [];
    private readonly RecordedLog _log = new();
    private readonly QuickClock _clock = new();
    private readonly WakeUpRelay _relay;
    private readonly FaultyConnections _connections = new("The machine");

    public LabWorld() => _relay = new(address => _places.Values.FirstOrDefault(place => place.MacAddress.Replace(":", "", StringComparison.Ordinal) == address)?.Machine);

    public string Engine => "Lab";

    public string Counterpart => "a real sshd that goes away and comes back";

    public EngineCapabilities Capabilities =>
        EngineCapabilities.Load | EngineCapabilities.PowerOn | EngineCapabilities.PowerOff | EngineCapabilities.PowerReset | EngineCapabilities.PowerState;

    public EngineTraits Traits => new() { IsCostly = true, MakesMachines = false, LoadReplaces = false, HasEndpoint = false, HasEndpointLogin = false, RestsOnImages = false };

    public TimeProvider Clock => _clock;

    public IReadOnlyList<SecretText> Secrets => [.. _places.Values.Select(place => place.Machine.Login.PrivateKey!)];

    public IReadOnlyList<string> Logged => _log.Messages;

    public ValueTask InitializeAsync()
    {
        Assert.SkipUnless(LabMachine.IsPossible, "needs root, to make a root file system and name spaces");
        _relay.Start();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _relay.DisposeAsync();
        foreach (var place in _places.Values)
            await place.Machine.DisposeAsync();
    }

    public IProvisioningEngine NewEngine() => new LabEngine(
        new() { Namespace = "lab", Name = "room", Spec = new() { Type = ProvisionerType.Lab, Lab = new() { WakeOnLanAddress = "127.0.0.1", WakeOnLanPort = _relay.Port } } },
        this, [new LinuxModule()], _clock, _log);

    public async Task<NodeTarget> NewNodeAsync(string name)
    {
        var machine = new LabMachine();
        var place = _places[name] = new(machine, $"52:54:00:00:01:{_places.Count:x2}");
        await machine.PrepareAsync();
        place.System = new() { Type = OperatingSystemType.Linux, Address = "127.0.0.1", Port = machine.Port, HostKeyPolicy = HostKeyPolicy.Pinned, HostKeys = [machine.HostKey] };
        return new() { Namespace = "lab", Name = name, Uid = $"uid-{name}", Credentials = machine.Login, Spec = new() { OperatingSystem = place.System, Hardware = new() { MacAddress = place.MacAddress } } };
    }

    /// <summary>Nobody images these machines: any Image will do.</summary>
    public Task<ImageTarget> ImageAsync(string name)
    {
        if (!_images.TryGetValue(name, out var image))
            image = _images[name] = new() { Name = name, Revision = "1", Digest = "sha256:" + new string((char)('a' + _images.Count), 64), Format = ImageFormat.Raw, FileName = name };
        return Task.FromResult(image);
    }

    public Task<ImageTarget> MissingImageAsync(string name) => throw new NotSupportedException("There is no library.");

    /// <summary>The machines' time is real: that of the world does not run ahead of one that is on its way down.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        await Poll.UntilAsync("no machine is on its way down", () => Task.FromResult(!_places.Values.Any(place => place.Machine.IsGoing)), Patience);
        _clock.Advance(time);
        await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
    }

    public async Task<MachineView> LookAsync(NodeTarget node)
    {
        var (machine, named) = (_places[node.Name].Machine, "");
        // A way down that was asked for goes on by itself, whoever asked: a moment after it was noted it is begun.
        await Poll.UntilAsync($"the machine of {node.Name} is not on its way down", () => Task.FromResult(!IsToGo(machine) && !machine.IsGoing), Patience);
        await Poll.UntilAsync($"the machine of {node.Name} has rebooted as asked", () => Task.FromResult(!WasAskedToReboot(machine) || (machine.IsOn && machine.Turns.Contains("down"))), Patience);
        if (File.Exists(machine.PathOf("/root/currentimage.txt")) && Revision().Match(File.ReadAllText(machine.PathOf("/root/currentimage.txt"))) is { Success: true } match)
            named = match.Groups["id"].Value;
        IReadOnlyList<string> effects = named.Length > 0 ? ["names an image", .. machine.Turns] : machine.Turns;
        return new MachineView(effects, machine.IsOn, _images.Values.FirstOrDefault(image => image.RevisionId == named)?.Digest ?? "");
    }

    private static bool WasAskedToReboot(LabMachine machine) => machine.Asked is [.., var last] && last.StartsWith("reboot", StringComparison.Ordinal);

    private static bool IsToGo(LabMachine machine)
    {
        var boot = File.ReadAllText(machine.PathOf("/boot-id")).Trim();
        return machine.IsOn && ((string[])["reboot", "poweroff"]).Select(what => machine.PathOf($"/var/lib/provisioning/{what}"))
            .Any(note => File.Exists(note) && File.ReadAllText(note).TrimEnd().EndsWith(boot, StringComparison.Ordinal));
    }

    public string? Lacks(WorldFault fault) => null;

    /// <summary>For those that nobody can reach the way leads to a port where the kernel drops what comes, as a cable that was pulled does. A machine that hangs is no different.</summary>
    public async Task<IAsyncDisposable> InjectAsync(WorldFault fault, NodeTarget? node = null)
    {
        if (node is null && fault is not (WorldFault.Unreachable or WorldFault.Stuck))
        {
            _connections.Fault = fault;
            return new InjectedFault(() => _connections.Fault = null);
        }

        var silence = await SilentPort.OnAsync(Ports.Free());
        var hidden = _places.Where(place => node is null || place.Key == node.Name).Select(place => place.Value).ToList();
        hidden.ForEach(place => place.System.Port = silence.Port);
        return new InjectedFault(() =>
        {
            hidden.ForEach(place => place.System.Port = place.Machine.Port);
            silence.Dispose();
        });
    }

    public async Task<ISshSession> ConnectAsync(SshEndpoint endpoint, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        // Not through one connector: it would go on refusing a login that was refused.
        var real = new SshConnector(TimeProvider.System, NullLoggerFactory.Instance);
        if (_connections.Fault == WorldFault.CredentialsRefused)
            return await real.ConnectAsync(endpoint with { Credentials = endpoint.Credentials with { PrivateKey = null, Password = new("wrong-password-1f") } }, cancellationToken);
        await _connections.LogInAsync(cancellationToken);
        return _connections.Over(await real.ConnectAsync(endpoint, cancellationToken), isShared: false);
    }

    [GeneratedRegex("^imagerevision_id=(?<id>.*)$", RegexOptions.CultureInvariant | RegexOptions.Multiline, 1000)]
    private static partial Regex Revision();

    private sealed record Place(LabMachine Machine, string MacAddress)
    {
        public OperatingSystemSpec System { get; set; } = new();
    }
}

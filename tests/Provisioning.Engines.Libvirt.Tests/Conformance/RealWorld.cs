using System.Text.Json;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Conformance;
using Provisioning.Engines.Libvirt.Machines;
using Provisioning.Engines.Libvirt.Tests.Real;
using Provisioning.Engines.Targets;
using Provisioning.OperatingSystems.Linux;
using Provisioning.Ssh;

namespace Provisioning.Engines.Libvirt.Tests.Conformance;

/// <summary>A real VM host: sshd, libvirt and QEMU, and machines that boot. What was done is read from the host's log of commands.</summary>
internal sealed class RealWorld : IEngineHarness
{
    private static readonly string[] Verbs = ["define", "undefine", "start", "shutdown", "destroy", "reset"];
    private static readonly Dictionary<string, string> Images = new(StringComparer.Ordinal) { ["base"] = "tiny-a", ["other"] = "tiny-b" };

    private readonly VmHost _host = VmHost.Required();
    private readonly RecordedLog _log = new();
    private readonly List<NodeTarget> _nodes = [];

    public string Engine => "Libvirt";

    public string Counterpart => "real sshd, libvirt and QEMU with machines that boot";

    public EngineCapabilities Capabilities => LibvirtPromises.Capabilities;

    public EngineTraits Traits => new() { IsCostly = true };

    public ProvisionerTimeouts Timeouts => new() { SoftPowerOffSeconds = 120, BootSeconds = 300 };

    public TimeProvider Clock => TimeProvider.System;

    public IReadOnlyList<SecretText> Secrets => [.. KeyLines(_host.Provisioner.Credentials!), .. KeyLines(_nodes[0].Credentials!)];

    public IReadOnlyList<string> Logged => _log.Messages;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes.Where(node => Directory.Exists(new Machine(_host.Spec, node).Directory)))
        {
            await using var engine = NewEngine();
            var driver = new Driver(node) { IdPrefix = "end-", FirstSequence = 1000, LongestPoll = TimeSpan.FromSeconds(2) };
            await driver.RunAsync(driver.Begin(OperationKind.Unload), (operation, _) => engine.UnloadAsync(operation, CancellationToken.None));
        }
    }

    public IProvisioningEngine NewEngine()
    {
        var connector = new SshConnector(TimeProvider.System, _log);
        return new LibvirtEngine(_host.Provisioner, connector, new(connector, TimeProvider.System, _log), [new LinuxModule()], TimeProvider.System, _log);
    }

    public Task<NodeTarget> NewNodeAsync(string name)
    {
        var node = _host.Node(name);
        _nodes.Add(node);
        return Task.FromResult(node);
    }

    public Task<ImageTarget> ImageAsync(string name) => Task.FromResult(_host.Image(Images[name]));

    public Task<ImageTarget> MissingImageAsync(string name) => Task.FromResult(_host.Image("tiny-a") with { Name = name, FileName = $"{name}.qcow2" });

    public Task PassAsync(TimeSpan time) =>
        Task.Delay(time < TimeSpan.FromSeconds(2) ? time : TimeSpan.FromSeconds(2), TimeProvider.System, TestContext.Current.CancellationToken);

    public async Task<MachineView> LookAsync(NodeTarget node)
    {
        var machine = new Machine(_host.Spec, node);
        var calls = (await File.ReadAllLinesAsync(_host.CommandsLog)).Where(line => line.Contains(" virsh ", StringComparison.Ordinal) && line.Contains(machine.Uuid, StringComparison.Ordinal));
        var effects = calls.Select(line => Verbs.FirstOrDefault(verb => line.Contains($"'{verb}'", StringComparison.Ordinal))).OfType<string>().ToList();
        var state = await _host.ShellAsync("virsh", "-q", "domstate", machine.Uuid);
        var disk = (await _host.ShellAsync("virsh", "-q", "domblklist", machine.Uuid)).Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(word => word.StartsWith('/'));
        return new(effects, state.Output.Trim() == "running", disk is null ? "" : await BelowAsync(disk));
    }

    public string? Lacks(WorldFault fault) => "one host serves all tests; the scripted host has the faults";

    public Task<IAsyncDisposable> InjectAsync(WorldFault fault, NodeTarget? node = null) => throw new NotSupportedException(Lacks(fault));

    private async Task<string> BelowAsync(string disk)
    {
        var info = await _host.ShellAsync("qemu-img", "info", "-U", "--output=json", disk);
        var below = JsonDocument.Parse(info.Output).RootElement.GetProperty("backing-filename").GetString();
        return (await Task.WhenAll(Images.Keys.Select(ImageAsync))).FirstOrDefault(image => image.FileName == Path.GetFileName(below))?.Digest ?? below!;
    }

    private static IEnumerable<SecretText> KeyLines(Credentials login) =>
        login.PrivateKey!.Reveal().Split('\n').Where(line => line.Length >= 32 && !line.StartsWith('-')).Select(line => new SecretText(line));
}

using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Conformance;
using Provisioning.Engines.Simulated.Machines;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Simulated.Tests;

/// <content>The room as a world of the conformance suite.</content>
internal sealed partial class Bench : IEngineHarness
{
    string IEngineHarness.Engine => "Simulated";

    string IEngineHarness.Counterpart => "machines in memory";

    TimeProvider IEngineHarness.Clock => Clock;

    public EngineCapabilities Capabilities =>
        EngineCapabilities.Load | EngineCapabilities.Capture | EngineCapabilities.PowerOn | EngineCapabilities.PowerOff | EngineCapabilities.PowerReset
        | EngineCapabilities.PowerState | EngineCapabilities.Unload | EngineCapabilities.Images | EngineCapabilities.DeleteImage;

    public EngineTraits Traits => new() { HasOperatingSystem = System != OperatingSystemType.None, HasEndpointLogin = false };

    public IReadOnlyList<SecretText> Secrets { get; } = [new("correct-horse-battery"), new("-----BEGIN PRIVATE KEY-----")];

    public IReadOnlyList<string> Logged => [];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public Task<NodeTarget> NewNodeAsync(string name) =>
        Task.FromResult(Node(name) with { Credentials = new("login", "1", Secrets[1], null, Secrets[0]) });

    public Task<ImageTarget> ImageAsync(string name) => Task.FromResult(ImageOf(name));

    public Task<ImageTarget> MissingImageAsync(string name)
    {
        var image = ImageOf(name);
        Room.RemoveImageFile(Namespace, image.FileName);
        return Task.FromResult(image);
    }

    public Task<MachineView> LookAsync(NodeTarget node)
    {
        var machine = Room.Machine(node.Namespace, node.Name);
        return Task.FromResult(new MachineView(
            [.. Room.Effects.Where(effect => effect.Namespace == node.Namespace && effect.Machine == node.Name).Select(effect => effect.Step)],
            machine.Power == PowerValue.On,
            machine.Disk is { HalfDone: false } disk ? disk.Digest : ""));
    }

    public string? Lacks(WorldFault fault) => fault switch
    {
        WorldFault.Garbled => "memory has no answers that could be garbled",
        WorldFault.Slow or WorldFault.Silent => "memory answers at once",
        WorldFault.Stuck when Spec.LoadSeconds == 0 => "nothing takes time here",
        _ => null,
    };

    public Task<IAsyncDisposable> InjectAsync(WorldFault fault, NodeTarget? node = null)
    {
        if (fault != WorldFault.Unreachable)
            return Task.FromResult<IAsyncDisposable>(new SeededFault(Spec, fault));
        Reach(node, isReachable: false);
        return Task.FromResult<IAsyncDisposable>(new CutLine(() => Reach(node, isReachable: true)));
    }

    private void Reach(NodeTarget? node, bool isReachable)
    {
        if (node is null)
            Room.EndpointReachable = isReachable;
        else
            Room.SetReachability(node.Namespace, node.Name, isReachable ? SimulatedReachability.Reachable : SimulatedReachability.Unreachable);
    }

    private sealed class CutLine(Action restore) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            restore();
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>A fault that happens at every occasion while it is in the spec, which all engines share.</summary>
    private sealed class SeededFault : IAsyncDisposable
    {
        private readonly SimulatedSpec spec;
        private readonly SimulatedFault seeded;

        public SeededFault(SimulatedSpec spec, WorldFault fault)
        {
            this.spec = spec;
            seeded = new()
            {
                Kind = fault switch
                {
                    WorldFault.CredentialsRefused => SimulatedFaultKind.CredentialRefused,
                    WorldFault.LostReply => SimulatedFaultKind.LostReply,
                    WorldFault.Stuck => SimulatedFaultKind.Stuck,
                    _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, "Memory cannot do that."),
                },
            };
            spec.Faults.Add(seeded);
        }

        public ValueTask DisposeAsync()
        {
            spec.Faults.Remove(seeded);
            return ValueTask.CompletedTask;
        }
    }
}

using Provisioning.Api.Machines;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Conformance;

/// <summary>
/// All that the suite needs of an engine and of the world that it drives: its counterpart, real or a stand-in. Each test makes a world of its own.
/// Nothing here may ask the engine: the harness is the oracle.
/// </summary>
public interface IEngineHarness : IAsyncLifetime
{
    /// <summary>Name of the engine, as in the title of its page and in the table.</summary>
    string Engine { get; }

    /// <summary>The engine's page, beside docs/engines/README.md.</summary>
    string Page => $"{Engine.ToLowerInvariant()}.md";

    /// <summary>What the engine drives here, for the table: "memory", "a real sshd", "a scripted VM host".</summary>
    string Counterpart { get; }

    /// <summary>Which verbs the engine's page promises. The suite compares it with what the engine says of itself.</summary>
    EngineCapabilities Capabilities { get; }

    /// <summary>In what this engine differs from one that makes computers and puts disks on them.</summary>
    EngineTraits Traits => new();

    /// <summary>The time-outs that operations are given.</summary>
    ProvisionerTimeouts Timeouts => new();

    /// <summary>The clock of the world, which <see cref="PassAsync"/> moves.</summary>
    TimeProvider Clock { get; }

    /// <summary>Every secret that the engine is given in this world: passwords, lines of private keys. None may ever be shown.</summary>
    IReadOnlyList<SecretText> Secrets { get; }

    /// <summary>Every message that engines of this world have logged, with its values put in.</summary>
    IReadOnlyList<string> Logged { get; }

    /// <summary>A new engine in the same world, as after a restart of the operator.</summary>
    IProvisioningEngine NewEngine();

    /// <summary>A Node whose machine nothing was done to yet. Another name is another machine at the same endpoint.</summary>
    Task<NodeTarget> NewNodeAsync(string name);

    /// <summary>An image that the library has whole; the same name gives the same image. Without a library: the image that such machines have.</summary>
    Task<ImageTarget> ImageAsync(string name);

    /// <summary>An image that does not exist in the library. Only asked for with <see cref="EngineCapabilities.Images"/>.</summary>
    Task<ImageTarget> MissingImageAsync(string name);

    /// <summary>Lets time pass: virtual, or real but at most a second or two.</summary>
    Task PassAsync(TimeSpan time);

    /// <summary>What the world itself says of a machine.</summary>
    Task<MachineView> LookAsync(NodeTarget node);

    /// <summary>Why this world cannot have a fault, for the table; null if it can. A fault that every endpoint can have needs a good answer.</summary>
    string? Lacks(WorldFault fault);

    /// <summary>Begins a fault. It lasts until the answer is disposed of.</summary>
    /// <param name="fault">The fault.</param>
    /// <param name="node">Only for this machine; null: for the endpoint, and so for all of its machines.</param>
    Task<IAsyncDisposable> InjectAsync(WorldFault fault, NodeTarget? node = null);

    /// <summary>
    /// Brings a machine into a beginning state by the world's own means. False: the suite does it through the engine's verbs, or leaves the state out if
    /// the engine has none that leads there.
    /// </summary>
    Task<bool> TryBeginAsync(NodeTarget node, Beginning beginning) => Task.FromResult(false);

    /// <summary>The Node with what the operator would have recorded of it, had verbs led to the state that <see cref="TryBeginAsync"/> brought about.</summary>
    NodeTarget AsRecorded(NodeTarget node) => node;
}

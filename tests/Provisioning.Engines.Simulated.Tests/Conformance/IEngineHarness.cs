using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Simulated.Tests.Conformance;

/// <summary>What the checks of <see cref="EngineConformance"/> need of an engine and its world.</summary>
public interface IEngineHarness : IAsyncDisposable
{
    /// <summary>A new engine in the same world, as after a restart of the operator.</summary>
    IProvisioningEngine NewEngine();

    /// <summary>A machine that does not exist yet.</summary>
    NodeTarget Node(string name);

    /// <summary>An image that the library has.</summary>
    ImageTarget Image(string name);

    /// <summary>Lets time pass: virtual, or real.</summary>
    Task PassAsync(TimeSpan time);

    /// <summary>The effects of an operation as the world saw them, in order, each "step". The oracle: it does not ask the engine.</summary>
    IReadOnlyList<string> EffectsOf(OperationContext operation);

    /// <summary>Makes the operation, with the next sequence of its Node.</summary>
    OperationContext Operation(NodeTarget node, Provisioning.Api.Nodes.OperationKind kind, ImageTarget? image = null);
}

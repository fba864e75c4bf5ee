using Provisioning.Api.Nodes;
using Provisioning.Engines.Conformance;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;
using Provisioning.Engines.XCat.Tests.Conformance;
using Provisioning.Engines.XCat.Tests.Support;

namespace Provisioning.Engines.XCat.Tests.Operations;

/// <summary>One management node with one machine "n1", and the operator's part.</summary>
public abstract class XCatTestBase : IAsyncLifetime
{
    private readonly List<IProvisioningEngine> _engines = [];

    private protected XCatTestBase(string style = "install") => World = new(style);

    private protected XCatWorld World { get; }

    private protected StubXCat XCat => World.XCat;

    private protected Driver Driver { get; private set; } = null!;

    private protected IProvisioningEngine Engine { get; private set; } = null!;

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Driver = await NewDriverAsync("n1");
        Engine = NewEngine();
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var engine in _engines)
            await engine.DisposeAsync();
        await World.DisposeAsync();
    }

    private protected IProvisioningEngine NewEngine()
    {
        var engine = World.NewEngine();
        _engines.Add(engine);
        return engine;
    }

    private protected async Task<Driver> NewDriverAsync(string name, string? machine = null)
    {
        var node = machine is null ? await World.NewNodeAsync(name) : Renamed(Driver.Node, name, machine);
        return new(node) { IdPrefix = name + "-", Pass = World.PassAsync, Now = World.Clock.GetUtcNow };
    }

    private protected static NodeTarget Renamed(NodeTarget node, string name, string machine) => node with
    {
        Name = name,
        Uid = $"uid-of-{name}",
        Spec = new() { MachineName = machine, OperatingSystem = node.Spec.OperatingSystem },
    };

    private protected Task<OperationOutcome> RunAsync(OperationKind kind) => Driver.RunAsync(Driver.Begin(kind), Engine);

    private protected async Task<OperationContext> BeginLoadAsync(string image = "base") => Driver.Begin(OperationKind.Load, await World.ImageAsync(image));

    private protected async Task<OperationOutcome> LoadAsync(string image = "base") => await Driver.RunAsync(await BeginLoadAsync(image), Engine);

    /// <summary>Calls until the operation is at a step, which is not yet called.</summary>
    private protected async Task<OperationContext> UntilAsync(OperationContext operation, string step)
    {
        for (var call = 0; call < 100; call++)
        {
            var outcome = await Engine.CallAsync(operation, Token);
            operation = await Driver.RecordAsync(operation, outcome);
            if (outcome.Step == step)
                return operation;
            Assert.True(outcome.Phase == OperationPhase.Running, $"It ended before {step}: {outcome.Reason} {outcome.Message}");
            await Driver.PassAsync(outcome.PollAfter);
        }

        Assert.Fail($"The step {step} is not reached.");
        return operation;
    }
}

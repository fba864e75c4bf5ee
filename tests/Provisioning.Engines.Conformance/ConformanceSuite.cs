using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Conformance;

/// <summary>What the parts of the suite share. Each test has a world of its own.</summary>
/// <param name="harness">The world.</param>
public abstract class ConformanceSuite(IEngineHarness harness) : IAsyncLifetime
{
    private readonly List<IProvisioningEngine> _engines = [];
    private readonly Dictionary<string, Driver> _drivers = [];

    /// <summary>The world.</summary>
    protected IEngineHarness Harness => harness;

    /// <summary>In what the engine differs from others.</summary>
    protected EngineTraits Traits => harness.Traits;

    /// <summary>Ends the test.</summary>
    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <inheritdoc/>
    public ValueTask InitializeAsync() => harness.InitializeAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var engine in _engines)
            await engine.DisposeAsync();
        await harness.DisposeAsync();
    }

    /// <summary>Whether the engine has the verb.</summary>
    protected bool Has(EngineCapabilities capability) => harness.Capabilities.HasFlag(capability);

    /// <summary>Whether the engine has the verb.</summary>
    protected bool Has(OperationKind kind) => Has(kind.Required());

    /// <summary>A new engine in the world, ended with the test.</summary>
    protected IProvisioningEngine NewEngine()
    {
        var engine = harness.NewEngine();
        _engines.Add(engine);
        return engine;
    }

    /// <summary>The operator's part for the Node of a name, made at the first use.</summary>
    protected async Task<Driver> DriverAsync(string name)
    {
        if (!_drivers.TryGetValue(name, out var driver))
        {
            driver = _drivers[name] = new(await harness.NewNodeAsync(name))
            {
                IdPrefix = name + "-",
                Timeouts = harness.Timeouts,
                Pass = harness.PassAsync,
                Now = harness.Clock.GetUtcNow,
            };
        }

        return driver;
    }

    /// <summary>Begins an operation with what its kind needs.</summary>
    protected async Task<OperationContext> BeginAsync(Driver driver, OperationKind kind, string image = "base") => driver.Begin(
        kind,
        kind is OperationKind.Load or OperationKind.PostLoad ? await harness.ImageAsync(image) : null,
        kind == OperationKind.Capture ? Driver.Capture() : null);

    /// <summary>Runs an operation to its success.</summary>
    protected async Task<OperationOutcome> SucceedAsync(Driver driver, OperationKind kind, string image = "base") =>
        await driver.SucceedAsync(await BeginAsync(driver, kind, image), NewEngine());

    /// <summary>Effects on the machine so far, as the world saw them.</summary>
    protected async Task<IReadOnlyList<string>> EffectsAsync(Driver driver) => (await harness.LookAsync(driver.Node)).Effects;
}

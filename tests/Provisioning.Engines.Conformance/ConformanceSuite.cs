using Provisioning.Api.Nodes;
using Provisioning.Engines.Conformance.Results;
using Provisioning.Engines.Operations;

namespace Provisioning.Engines.Conformance;

/// <summary>What the parts of the suite share. Each test has a world of its own.</summary>
/// <param name="harness">The world.</param>
public abstract class ConformanceSuite(IEngineHarness harness) : IAsyncLifetime
{
    private readonly List<IProvisioningEngine> _engines = [];
    private readonly Dictionary<string, Driver> _drivers = [];
    private readonly List<(string Routine, string Verdict)> _shown = [];

    /// <summary>Every verb.</summary>
    public static TheoryData<OperationKind> Kinds => [.. Enum.GetValues<OperationKind>()];

    /// <summary>The world.</summary>
    protected IEngineHarness Harness => harness;

    /// <summary>In what the engine differs from others.</summary>
    protected EngineTraits Traits => harness.Traits;

    /// <summary>Name of an image that differs from "base", where a load puts images on machines; otherwise there is only the one that they have.</summary>
    protected string Other => Traits.LoadReplaces ? "other" : "base";

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
        var passed = TestContext.Current.TestState?.Result == TestResult.Passed;
        foreach (var (routine, verdict) in _shown)
            ResultFile.Add(harness, routine, passed ? verdict : Verdict.Failed, TestContext.Current.Test?.TestDisplayName ?? GetType().Name);
    }

    /// <summary>Says which row of the table the test is for.</summary>
    protected void Shows(string routine, string verdict = Verdict.Pass) => _shown.Add((routine, verdict));

    /// <summary>Whether the engine has the verb.</summary>
    protected bool Has(EngineCapabilities capability) => harness.Capabilities.HasFlag(capability);

    /// <summary>Whether the engine has the verb.</summary>
    protected bool Has(OperationKind kind) => Has(kind.Required());

    /// <summary>Whether the world can have the fault; otherwise the table says why not.</summary>
    protected bool Can(WorldFault fault, string routine)
    {
        if (harness.Lacks(fault) is not { } why)
        {
            Shows(routine);
            return true;
        }

        Assert.False(string.IsNullOrWhiteSpace(why), $"The harness lacks {fault} and does not say why.");
        Shows(routine, Verdict.Impossible + $"{fault}: {why}");
        return false;
    }

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

    /// <summary>A machine in a beginning state, or null if nothing leads there with this engine.</summary>
    protected async Task<Driver?> BeginningAsync(string name, Beginning beginning)
    {
        var driver = await DriverAsync(name);
        if (beginning == Beginning.Untouched)
            return driver;
        if (await harness.TryBeginAsync(driver.Node, beginning))
        {
            driver.Node = harness.AsRecorded(driver.Node);
            return driver;
        }

        if (!Has(OperationKind.Load))
            return null;
        switch (beginning)
        {
            case Beginning.On:
                await SucceedAsync(driver, OperationKind.Load);
                return driver;
            case Beginning.Off when Has(OperationKind.PowerOff):
                await SucceedAsync(driver, OperationKind.Load);
                await SucceedAsync(driver, OperationKind.PowerOff);
                return driver;
            case Beginning.OtherImage when Traits.LoadReplaces:
                await SucceedAsync(driver, OperationKind.Load, "other");
                return driver;
            case Beginning.HalfLoaded:
                await LoadHalfAsync(driver, Other);
                return driver;
            default:
                return null;
        }
    }

    /// <summary>A machine that is loaded and on, where the engine can bring that about.</summary>
    protected async Task<Driver> ReadyAsync(string name) => await BeginningAsync(name, Beginning.On) ?? await DriverAsync(name);

    /// <summary>Begins a load and leaves it as soon as the world has seen something of it.</summary>
    protected async Task<OperationContext> LoadHalfAsync(Driver driver, string image)
    {
        var (engine, operation, before) = (NewEngine(), await BeginAsync(driver, OperationKind.Load, image), (await EffectsAsync(driver)).Count);
        for (var call = 0; call < 100; call++)
        {
            var outcome = await engine.CallAsync(operation, Cancel);
            operation = await driver.RecordAsync(operation, outcome);
            if (outcome.Phase != OperationPhase.Running || (await EffectsAsync(driver)).Count > before)
                break;
            await driver.PassAsync(outcome.PollAfter);
        }

        return operation;
    }

    /// <summary>Begins an operation with what its kind needs.</summary>
    protected async Task<OperationContext> BeginAsync(Driver driver, OperationKind kind, string image = "base") => driver.Begin(
        kind,
        kind is OperationKind.Load or OperationKind.PostLoad ? await harness.ImageAsync(image) : null,
        kind == OperationKind.Capture ? driver.Capture(driver.Node.Name) : null);

    /// <summary>Runs an operation to its success.</summary>
    protected async Task<OperationOutcome> SucceedAsync(Driver driver, OperationKind kind, string image = "base") =>
        await driver.SucceedAsync(await BeginAsync(driver, kind, image), NewEngine());

    /// <summary>Effects on the machine so far, as the world saw them.</summary>
    protected async Task<IReadOnlyList<string>> EffectsAsync(Driver driver) => (await harness.LookAsync(driver.Node)).Effects;

    /// <summary>A verb that the engine lacks: said so, and nothing done.</summary>
    protected async Task AssertNotSupportedAsync(OperationKind kind, string routine)
    {
        Shows(routine, Verdict.NotSupported);
        // Where every load takes its time, one machine that nothing was done to has to do: it shows as well that nothing is done.
        var driver = Traits.IsCostly ? await DriverAsync("lacks") : await ReadyAsync("lacks");
        var before = await harness.LookAsync(driver.Node);

        var outcome = await NewEngine().CallAsync(await BeginAsync(driver, kind), Cancel);

        Assert.Equal((OperationPhase.Failed, Api.Reasons.NotSupported, FailureKind.NeedsPerson, true), (outcome.Phase, outcome.Reason, outcome.FailureKind, outcome.MachineUntouched));
        Assert.NotEmpty(outcome.Message);
        Same(before, await harness.LookAsync(driver.Node));
    }

    /// <summary>Nothing happened to the machine in between.</summary>
    protected static void Same(MachineView before, MachineView after)
    {
        Assert.Equal(before.Effects, after.Effects);
        Assert.Equal((before.On, before.Content), (after.On, after.Content));
    }
}

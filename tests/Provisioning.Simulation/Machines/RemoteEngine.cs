using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Simulated;
using Provisioning.Engines.Targets;
using Provisioning.Simulation.Clusters;
using Provisioning.Simulation.Worlds;

namespace Provisioning.Simulation.Machines;

/// <summary>The simulated engine over a network: every call can be lost, late or repeated by the operator, and everything that happens is checked.</summary>
internal sealed class RemoteEngine(OperatorProcess process, IProvisioningEngine inner) : IProvisioningEngine
{
    private readonly World _world = process.World;

    public EngineCapabilities Capabilities => inner.Capabilities;

    public Task<EngineReport> ProbeAsync(CancellationToken cancellationToken) => AskAsync("probe", () => Result(inner.ProbeAsync(CancellationToken.None)), cancellationToken);

    public async Task<Observation> ObserveAsync(NodeTarget node, CancellationToken cancellationToken)
    {
        _world.Checks.LooksAt(process, node.Name);
        var seen = await AskAsync($"look {node.Name}", () => Result(inner.ObserveAsync(node, CancellationToken.None)), cancellationToken);
        _world.Checks.Looked(process, node.Name, seen);
        return Mutants.Look(_world.Scenario.Mutant, seen);
    }

    public Task<OperationOutcome> LoadAsync(OperationContext operation, CancellationToken cancellationToken) => RunAsync(operation, context => inner.LoadAsync(context, CancellationToken.None), cancellationToken);

    public Task<OperationOutcome> PostLoadAsync(OperationContext operation, CancellationToken cancellationToken) => RunAsync(operation, context => inner.PostLoadAsync(context, CancellationToken.None), cancellationToken);

    public Task<OperationOutcome> CaptureAsync(OperationContext operation, CancellationToken cancellationToken) => RunAsync(operation, context => inner.CaptureAsync(context, CancellationToken.None), cancellationToken);

    public Task<OperationOutcome> PowerOnAsync(OperationContext operation, CancellationToken cancellationToken) => RunAsync(operation, context => inner.PowerOnAsync(context, CancellationToken.None), cancellationToken);

    public Task<OperationOutcome> PowerOffAsync(OperationContext operation, PowerOffMode mode, CancellationToken cancellationToken) =>
        RunAsync(operation, context => inner.PowerOffAsync(context, mode, CancellationToken.None), cancellationToken);

    public Task<OperationOutcome> PowerResetAsync(OperationContext operation, CancellationToken cancellationToken) => RunAsync(operation, context => inner.PowerResetAsync(context, CancellationToken.None), cancellationToken);

    public Task<OperationOutcome> UnloadAsync(OperationContext operation, CancellationToken cancellationToken) => RunAsync(operation, context => inner.UnloadAsync(context, CancellationToken.None), cancellationToken);

    public Task<OperationOutcome> AbandonAsync(OperationContext operation, CancellationToken cancellationToken) =>
        RunAsync(operation, context => inner.AbandonAsync(context, CancellationToken.None), cancellationToken, "Abandon ");

    public Task<CurrentImageReading> GetCurrentImageAsync(NodeTarget node, CancellationToken cancellationToken) =>
        AskAsync($"image of {node.Name}", () => Result(inner.GetCurrentImageAsync(node, CancellationToken.None)), cancellationToken);

    public Task<ImageAnswer> GetImageAsync(ImageTarget image, bool verify, CancellationToken cancellationToken) =>
        AskAsync($"image {image.Name}", () => Result(inner.GetImageAsync(image, verify, CancellationToken.None)), cancellationToken);

    public Task<OperationOutcome> DeleteImageAsync(ImageTarget image, CancellationToken cancellationToken) => process.CallAsync(
        $"delete image {image.Name}",
        _world.Faults.AtCall(isApi: false, hasEffect: true),
        () =>
        {
            var outcome = Result(inner.DeleteImageAsync(Mutants.Delete(_world.Scenario.Mutant, image), CancellationToken.None));
            _world.Checks.Happened();
            _world.Trace.Add(process.Name, $"delete image {image.Name} -> {outcome.Phase} {outcome.Reason}");
            return outcome;
        },
        Lost,
        cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private async Task<T> AskAsync<T>(string what, Func<T> answer, CancellationToken cancellationToken)
    {
        _world.Checks.CallBegins();
        try
        {
            return await process.CallAsync(what, _world.Faults.AtCall(isApi: false, hasEffect: false), answer, Lost, cancellationToken);
        }
        finally
        {
            _world.Checks.CallEnds();
        }
    }

    private async Task<OperationOutcome> RunAsync(OperationContext context, Func<OperationContext, Task<OperationOutcome>> verb, CancellationToken cancellationToken, string prefix = "")
    {
        var what = $"{prefix}{context.Operation.Kind} {context.Node.Name} {context.Operation.Id[..6]}/{context.Operation.Sequence} {context.Operation.Step}";
        _world.Checks.Begins(process, context);
        if (prefix.Length > 0)
            _world.Checks.Ledger.GivenUp(context.Operation.Id);
        _world.Checks.CallBegins();
        try
        {
            return await process.CallAsync(what, _world.Faults.AtCall(isApi: false, hasEffect: true), () => Act(context, verb, what, prefix.Length > 0), Lost, cancellationToken);
        }
        finally
        {
            _world.Checks.CallEnds();
            _world.Checks.Returns(process, context);
        }
    }

    private OperationOutcome Act(OperationContext context, Func<OperationContext, Task<OperationOutcome>> verb, string what, bool isAbandon)
    {
        OperationOutcome outcome;
        try
        {
            outcome = Result(verb(Mutants.Call(_world.Scenario.Mutant, context)));
        }
        catch (SimulatedConnectionException failure)
        {
            _world.Trace.Add(process.Name, $"{what} -> {failure.Message}");
            _world.Checks.Happened();
            throw;
        }

        if (!isAbandon && outcome.Phase == OperationPhase.Running && context.Operation.Kind is OperationKind.Load or OperationKind.Capture && _world.Faults.Happens(FaultKind.DiskFull, 0.01))
        {
            // An engine that finds the disk full removes what it has begun.
            Result(inner.AbandonAsync(context, CancellationToken.None));
            outcome = OperationOutcome.Failed(Reasons.DiskFull, "The disk of the host is full. Free some space.");
        }

        if (outcome.Phase != OperationPhase.Running)
            _world.Checks.Ends(context, outcome, isAbandon);
        _world.Trace.Add(process.Name, $"{what} -> {outcome.Phase} {outcome.Step}{outcome.Reason}");
        _world.Checks.Happened();
        return Mutants.Answer(_world.Scenario.Mutant, context, outcome);
    }

    /// <summary>The simulated engine answers at once, so nothing is waited for here.</summary>
    private static T Result<T>(Task<T> answered) => answered.GetAwaiter().GetResult();

    private static SimulatedConnectionException Lost(bool wasSent) => new(wasSent ? "The connection was lost." : "The endpoint does not answer.");
}

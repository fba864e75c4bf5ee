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

    private Claims Claims => _world.Machines.Claims;

    public EngineCapabilities Capabilities => inner.Capabilities;

    public Task<EngineReport> ProbeAsync(CancellationToken cancellationToken) => AskAsync("probe", () => Result(inner.ProbeAsync(CancellationToken.None)), cancellationToken);

    public async Task<Observation> ObserveAsync(NodeTarget node, CancellationToken cancellationToken)
    {
        _world.Checks.LooksAt(process, node.Name);
        var seen = await AskAsync($"look {node.Name}", () => Look(node), cancellationToken);
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
        AskAsync($"image of {node.Name}", () => Result(inner.GetCurrentImageAsync(Claims.AtMachine(node), CancellationToken.None)), cancellationToken);

    public Task<OperationOutcome> ReleaseAsync(NodeTarget node, CancellationToken cancellationToken) => !_world.Scenario.MovesMachines
        ? inner.ReleaseAsync(node, cancellationToken)
        : process.CallAsync(
            $"release {node.Name}",
            _world.Faults.AtCall(isApi: false, hasEffect: true),
            () =>
            {
                Claims.Release(node);
                return OperationOutcome.Succeeded("Another Node may have the machine.");
            },
            Lost,
            cancellationToken);

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

        // The operator claims before it commands: a command that arrives late claims nothing.
        if (prefix.Length == 0 && !process.IsDead)
            Claims.Take(context.Node);
        var machine = Claims.AtMachine(context.Node);
        _world.Checks.CallBegins();
        try
        {
            return await process.CallAsync(what, _world.Faults.AtCall(isApi: false, hasEffect: true), () => Act(context, machine, verb, what, prefix.Length > 0), Lost, cancellationToken);
        }
        finally
        {
            _world.Checks.CallEnds();
            _world.Checks.Returns(process, context);
        }
    }

    private Observation Look(NodeTarget node) => Claims.Foreign(node) is { } owner
        ? Observation.Nothing(_world.Clock.GetUtcNow(), Reasons.MachineNotOurs, Claims.Refusal(node.MachineName, owner))
        : Result(inner.ObserveAsync(Claims.AtMachine(node), CancellationToken.None));

    /// <summary>What is left of an operation at a machine that is another Node's by now is that one's to clear away.</summary>
    private OperationOutcome Call(OperationContext context, NodeTarget machine, Func<OperationContext, Task<OperationOutcome>> verb, bool isAbandon)
    {
        if (Claims.Foreign(context.Node) is { } owner)
            return isAbandon ? OperationOutcome.Succeeded("Nothing is left.") : OperationOutcome.Failed(Reasons.MachineNotOurs, Claims.Refusal(context.Node.MachineName, owner), FailureKind.NeedsPerson) with { MachineUntouched = true };
        return Result(verb(Mutants.Call(_world.Scenario.Mutant, context with { Node = machine })));
    }

    private OperationOutcome Act(OperationContext context, NodeTarget machine, Func<OperationContext, Task<OperationOutcome>> verb, string what, bool isAbandon)
    {
        OperationOutcome outcome;
        try
        {
            outcome = Call(context, machine, verb, isAbandon);
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
            Result(inner.AbandonAsync(context with { Node = machine }, CancellationToken.None));
            outcome = OperationOutcome.Failed(Reasons.DiskFull, "The disk of the host is full. Free some space.");
        }

        if (outcome.Phase != OperationPhase.Running)
            _world.Checks.Ends(context, outcome, isAbandon);
        else
            _world.Checks.Runs(context);
        _world.Trace.Add(process.Name, $"{what} -> {outcome.Phase} {outcome.Step}{outcome.Reason}");
        _world.Checks.Happened();
        return Mutants.Answer(_world.Scenario.Mutant, context, outcome);
    }

    /// <summary>The simulated engine answers at once, so nothing is waited for here.</summary>
    private static T Result<T>(Task<T> answered) => answered.GetAwaiter().GetResult();

    private static SimulatedConnectionException Lost(bool wasSent) => new(wasSent ? "The connection was lost." : "The endpoint does not answer.");
}

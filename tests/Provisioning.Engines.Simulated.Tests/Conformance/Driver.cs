using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;

namespace Provisioning.Engines.Simulated.Tests.Conformance;

/// <summary>Calls verbs as an operator does: merges what an outcome says and calls again when it asks for it.</summary>
public static class Driver
{
    private const int CallLimit = 500;

    public static Task<OperationOutcome> CallAsync(this IProvisioningEngine engine, OperationContext operation, CancellationToken cancellationToken) => operation.Operation.Kind switch
    {
        OperationKind.Load => engine.LoadAsync(operation, cancellationToken),
        OperationKind.PostLoad => engine.PostLoadAsync(operation, cancellationToken),
        OperationKind.Capture => engine.CaptureAsync(operation, cancellationToken),
        OperationKind.PowerOn => engine.PowerOnAsync(operation, cancellationToken),
        OperationKind.PowerOff => engine.PowerOffAsync(operation, PowerOffMode.SoftThenHard, cancellationToken),
        OperationKind.PowerReset => engine.PowerResetAsync(operation, cancellationToken),
        OperationKind.Unload => engine.UnloadAsync(operation, cancellationToken),
        _ => throw new ArgumentOutOfRangeException(nameof(operation)),
    };

    /// <summary>What the operation looks like after an outcome was recorded.</summary>
    public static OperationContext After(this OperationContext operation, OperationOutcome outcome)
    {
        var old = operation.Operation;
        var values = old.Values.Where(value => !outcome.Values.ContainsKey(value.Name)).Concat(outcome.Values.Select(value => new OperationValue { Name = value.Key, Value = value.Value }));
        var next = new OperationStatus { Id = old.Id, Kind = old.Kind, Sequence = old.Sequence, StartedTime = old.StartedTime, Step = outcome.Step, Values = [.. values] };
        return operation with { Operation = next };
    }

    /// <summary>Calls until the operation has ended.</summary>
    public static async Task<OperationOutcome> RunAsync(this IProvisioningEngine engine, OperationContext operation, Func<TimeSpan, Task> pass, CancellationToken cancellationToken)
    {
        for (var call = 0; call < CallLimit; call++)
        {
            var outcome = await engine.CallAsync(operation, cancellationToken);
            if (outcome.Phase != OperationPhase.Running)
                return outcome;
            operation = operation.After(outcome);
            await pass(outcome.PollAfter);
        }

        throw new InvalidOperationException($"{operation.Operation.Kind} did not end within {CallLimit} calls; its last step was {operation.Operation.Step}.");
    }
}

using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;

namespace Provisioning.Engines.Conformance;

/// <summary>Calls of an engine by the kind of operation.</summary>
public static class EngineCalls
{
    /// <summary>One call of the verb of the operation.</summary>
    public static Task<OperationOutcome> CallAsync(this IProvisioningEngine engine, OperationContext operation, CancellationToken cancellationToken) => operation.Operation.Kind switch
    {
        OperationKind.Load => engine.LoadAsync(operation, cancellationToken),
        OperationKind.PostLoad => engine.PostLoadAsync(operation, cancellationToken),
        OperationKind.Capture => engine.CaptureAsync(operation, cancellationToken),
        OperationKind.PowerOn => engine.PowerOnAsync(operation, cancellationToken),
        OperationKind.PowerOff => engine.PowerOffAsync(operation, PowerOffMode.SoftThenHard, cancellationToken),
        OperationKind.PowerReset => engine.PowerResetAsync(operation, cancellationToken),
        OperationKind.Unload => engine.UnloadAsync(operation, cancellationToken),
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation.Operation.Kind, "Unknown operation."),
    };
}

using Provisioning.Api;
using Provisioning.Api.Nodes;

namespace Provisioning.Operator.Nodes;

/// <summary>What a reset that did not succeed has come to: one that may have been sent is never sent again for the same token. Pure.</summary>
internal static class Resets
{
    // Before anything else every engine has the step after it recorded, so until then nothing was sent.
    private const string Look = nameof(Look);
    private const string WaitForBoot = nameof(WaitForBoot);

    /// <summary>Whether the machine may have been reset, so that the token is used up.</summary>
    public static bool IsUsedUp(OperationStatus operation, OperationFailure failure) =>
        operation.Kind == OperationKind.PowerReset && (failure.Reason == Reasons.OutcomeUnknown || WasReset(operation) || IsInDoubt(operation, failure));

    /// <summary>Whether the machine was reset, and only what it did afterwards was not as expected.</summary>
    public static bool WasReset(OperationStatus operation) => operation is { Kind: OperationKind.PowerReset, Step: WaitForBoot };

    /// <summary>The failure as it is to be told: one of which it is not known whether the reset was sent, is of unknown outcome.</summary>
    public static OperationFailure Judge(OperationStatus operation, OperationFailure failure) => operation.Kind == OperationKind.PowerReset && !failure.IsUnwanted && IsInDoubt(operation, failure)
        ? failure with { Reason = Reasons.OutcomeUnknown, NeedsPerson = true, Message = $"It was given up ({failure.Reason}) when it may have been sent. {failure.Message}" }
        : failure;

    private static bool IsInDoubt(OperationStatus operation, OperationFailure failure) =>
        failure.IsGivenUp && !failure.MachineUntouched && operation.Step is not (null or Look) && !WasReset(operation);
}

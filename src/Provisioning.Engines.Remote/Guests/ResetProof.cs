using Provisioning.Engines.Operations;

namespace Provisioning.Engines.Remote.Guests;

/// <summary>What shows that a machine was reset, for engines whose command may be lost on its way: another boot answers than before.</summary>
/// <param name="guests">Access to the machines.</param>
/// <param name="waits">Waits for their systems.</param>
public sealed class ResetProof(GuestAccess guests, GuestSteps waits)
{
    /// <summary>What proves it, for the operation's message.</summary>
    public const string BootedAnew = "The machine was reset: it has booted anew.";

    /// <summary>Notes which boot runs now, before the reset is sent.</summary>
    /// <param name="operation">The operation, with the host keys by which its machine is known.</param>
    /// <param name="resetStep">The step that sends the reset.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<OperationOutcome> NoteBootAsync(OperationContext operation, string resetStep, CancellationToken cancellationToken)
    {
        var bootId = await waits.TryReadBootIdAsync(operation, cancellationToken);
        return OperationOutcome.Running(resetStep, "resetting the machine") with
        {
            Record = true,
            SshHostKeys = operation.Node.SshHostKeys,
            Values = bootId is null ? new Dictionary<string, string>() : new Dictionary<string, string> { [GuestSteps.BootIdBefore] = bootId },
        };
    }

    /// <summary>Which boot was noted and which runs now; null where that cannot be told.</summary>
    public async Task<(string? Before, string? Now)> CompareAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        var before = operation.Value(GuestSteps.BootIdBefore);
        return (before, before is null ? null : await waits.TryReadBootIdAsync(operation, cancellationToken));
    }

    /// <summary>Waits for the new boot of a machine that was reset and is on.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="step">The step that waits.</param>
    /// <param name="bootAdvice">A sentence: what to look at when the machine does not boot.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<OperationOutcome> WaitAsync(OperationContext operation, string step, string bootAdvice, CancellationToken cancellationToken)
    {
        if (guests.ModuleOf(operation.Node) is null || operation.Value(GuestSteps.BootIdBefore) is null)
            return OperationOutcome.Succeeded("The machine was reset. Whether it boots was not looked at, since its system could not be asked before.");
        var (session, _, waiting) = await waits.WaitForGuestAsync(
            operation, step, GuestTrust.AtRest(operation.Node), GuestTrust.ScopeAtRest(operation.Node), newBoot: true, bootAdvice, cancellationToken);
        if (session is null)
            return waiting!;
        await session.DisposeAsync();
        return OperationOutcome.Succeeded("The machine was reset and has booted anew.");
    }
}

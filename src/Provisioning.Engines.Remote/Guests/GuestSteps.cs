using Provisioning.Api;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Ssh;

namespace Provisioning.Engines.Remote.Guests;

/// <summary>Waits for the systems on machines, for every engine whose machines are logged in to.</summary>
/// <param name="guests">Access to the machines.</param>
/// <param name="clock">Clock.</param>
public sealed class GuestSteps(GuestAccess guests, TimeProvider clock)
{
    /// <summary>The value that holds the boot id of the system that must be gone.</summary>
    public const string BootIdBefore = "bootIdBefore";

    /// <summary>How long a guest is not asked after its start. The pause also has the wait recorded: a connection that hangs until the guest is up would hold the call.</summary>
    public static readonly TimeSpan ShortestBoot = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan PollGuest = TimeSpan.FromSeconds(5);

    // While a machine boots its SSH server may come before its keys and users; after this it will not mend by itself.
    private static readonly TimeSpan BootGrace = TimeSpan.FromSeconds(60);

    /// <summary>How long the operation has been at its step.</summary>
    public TimeSpan StepTime(OperationContext operation) => clock.GetUtcNow() - (operation.Operation.StepStartedTime ?? operation.Operation.StartedTime);

    /// <summary>
    /// Waits until the guest answers, where asked as another boot than the one recorded as <see cref="BootIdBefore"/>. An open session when it does, of which the
    /// caller disposes, otherwise what to wait for or why it is given up.
    /// </summary>
    /// <param name="operation">The operation.</param>
    /// <param name="step">The step that waits.</param>
    /// <param name="trust">The host keys that are accepted.</param>
    /// <param name="loginScope">Scope in which refused logins are counted.</param>
    /// <param name="newBoot">Whether another boot than before must answer.</param>
    /// <param name="bootAdvice">A sentence: what to look at when the machine does not boot.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<(ISshSession? Session, string? BootId, OperationOutcome? Outcome)> WaitForGuestAsync(
        OperationContext operation, string step, GuestTrust trust, string loginScope, bool newBoot, string bootAdvice, CancellationToken cancellationToken)
    {
        var waited = StepTime(operation);
        string said, briefly;
        try
        {
            var (session, reading) = await guests.LookAsync(operation.Node, trust, loginScope, cancellationToken);
            var bootId = reading?.BootId;
            if (!newBoot || (bootId is not null && bootId != operation.Value(BootIdBefore)))
                return (session, bootId, null);
            await session.DisposeAsync();
            briefly = bootId is null ? "the system that answers tells no boot id" : "the system that answers is still the one from before";
            said = briefly + ".";
        }
        catch (SshFailureException failure)
        {
            (said, briefly) = (failure.Message, Briefly(failure.Kind));
            var mendsByItself = failure.Kind is SshFailureKind.Unreachable or SshFailureKind.TimedOut or SshFailureKind.ConnectionLost;
            if (!mendsByItself && waited > BootGrace)
                return (null, null, OperationOutcome.Failed(SshReasons.OfGuest(failure.Kind), failure.Message, FailureKind.NeedsPerson));
        }

        // Without a boot to wait for, the operation's own clocks decide: hooks in the guest may take longer than a boot.
        if (newBoot && waited.TotalSeconds > operation.Timeouts.BootSeconds)
        {
            return (null, null, OperationOutcome.Failed(Reasons.BootTimedOut,
                $"The machine was not seen to boot within {operation.Timeouts.BootSeconds} s: {said} {bootAdvice}"));
        }

        // A machine that boots is no fault: advice comes only when it should have answered long since. No seconds either, they would cost a write of the status each time.
        var waiting = waited.TotalSeconds > operation.Timeouts.BootSeconds ? said : $"{briefly} (it has {operation.Timeouts.BootSeconds} s)";
        return (null, null, OperationOutcome.Running(step, $"waiting for the machine to {(newBoot ? "boot" : "answer")}: {waiting}", PollGuest));
    }

    private static string Briefly(SshFailureKind kind) => kind switch
    {
        SshFailureKind.HostKeyMismatch or SshFailureKind.HostKeyUnknown => "it does not show an accepted host key yet",
        SshFailureKind.CredentialsRefused or SshFailureKind.CredentialsInvalid => "it does not accept the login yet",
        _ => "no SSH answer yet",
    };

    /// <summary>The boot id of the running system; null if it cannot be told, for whatever reason.</summary>
    public async Task<string?> TryReadBootIdAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        if (guests.ModuleOf(operation.Node) is null)
            return null;
        try
        {
            var (session, reading) = await guests.LookAsync(operation.Node, GuestTrust.AtRest(operation.Node), GuestTrust.ScopeAtRest(operation.Node), cancellationToken);
            await session.DisposeAsync();
            return reading?.BootId;
        }
        catch (SshFailureException)
        {
            return null;
        }
    }
}

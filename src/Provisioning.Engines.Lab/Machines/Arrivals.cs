using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Guests;
using Provisioning.Ssh;

namespace Provisioning.Engines.Lab.Machines;

/// <summary>Waits for the systems on machines. Nobody logs in to a silent one: that would hold the call for as long as a connection is waited for.</summary>
internal sealed class Arrivals(GuestSteps waits, LifeSigns signs)
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(3);

    /// <summary>An open session when the machine answers, and where asked as another boot; otherwise what is waited for, or why that is given up.</summary>
    public async Task<(ISshSession? Session, string? BootId, OperationOutcome? Outcome)> WaitAsync(OperationContext operation, string step, bool newBoot, string advice, CancellationToken cancellationToken)
    {
        var (node, system) = (operation.Node, operation.Node.Spec.OperatingSystem);
        var isLate = newBoot && waits.StepTime(operation).TotalSeconds > operation.Timeouts.BootSeconds;
        if (!isLate && await signs.LookAsync(system.Address ?? "", system.Port, cancellationToken) == LifeSign.Silent)
            return (null, null, OperationOutcome.Running(step, $"waiting for the machine to {(newBoot ? "boot" : "answer")}: {system.Address}:{system.Port} is silent", Poll));
        return await waits.WaitForGuestAsync(operation, step, GuestTrust.AtRest(node), GuestTrust.ScopeAtRest(node), newBoot, advice, cancellationToken);
    }
}

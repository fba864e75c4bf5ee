using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Ssh;
using Provisioning.Ssh.Jobs;

namespace Provisioning.Engines.Lab.Machines;

/// <summary>A Lab machine has no host that could refuse late commands, so it keeps the highest operation number itself.</summary>
internal static class Fence
{
    private const string Directory = "/var/lib/provisioning/lab";

    /// <summary>Null if the operation may go on; otherwise why it may not.</summary>
    public static async Task<OperationOutcome?> PassAsync(ISshSession session, OperationContext operation, string step, CancellationToken cancellationToken)
    {
        var report = await DetachedJobs.RunFencedAsync(session, ScopeOf(operation), "true", [], cancellationToken);
        var outcome = JobOutcomes.Pending(report, step, "Asking the machine whether this operation is the newest", operation);
        return report.State == JobState.Fenced
            ? OperationOutcome.Failed(outcome!.Reason!, $"The machine refused a late operation: {report.Detail}. If the Node was restored from a backup, delete {Directory}/fence on the machine.", FailureKind.NeedsPerson) with { MachineUntouched = true }
            : outcome;
    }

    /// <summary>Lets this operation never pass again. Null, or what is in the way.</summary>
    public static async Task<OperationOutcome?> ShutOutAsync(ISshSession session, OperationContext operation, CancellationToken cancellationToken) =>
        JobOutcomes.Pending(await DetachedJobs.AbandonAsync(session, ScopeOf(operation), "true", [], cancellationToken), "Abandon", "Telling the machine that the operation is given up", operation);

    private static JobScope ScopeOf(OperationContext operation) => new(Directory, $"{Directory}/fence", operation.Node.Uid, operation.Operation.Sequence, operation.Operation.Id);
}

using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;
using Provisioning.OperatingSystems;
using Provisioning.Ssh;

namespace Provisioning.Engines.Remote.Guests;

/// <summary>pre_capture: lets the operating system module prepare the machine, and keeps the host keys that it leaves in the image.</summary>
public static class CapturePreparations
{
    private const string HostKey = "imageHostKey";
    private const int MostHostKeys = 8;

    private static readonly TimeSpan PollHooks = TimeSpan.FromSeconds(3);

    /// <summary>One call of the module.</summary>
    /// <param name="module">The module of the machine's operating system.</param>
    /// <param name="session">A session to the machine.</param>
    /// <param name="operation">The capture.</param>
    /// <param name="capture">What is captured into.</param>
    /// <param name="step">The step that prepares.</param>
    /// <param name="next">What follows when the system is prepared.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public static async Task<OperationOutcome> PrepareAsync(
        IOperatingSystemModule module, ISshSession session, OperationContext operation, CaptureTarget capture, string step, OperationOutcome next, CancellationToken cancellationToken)
    {
        var node = operation.Node;
        var identity = new CaptureIdentity
        {
            ImageName = capture.ImageName,
            RevisionId = ImageTarget.ToRevisionId(capture.ImageName, capture.Revision),
            OperationId = operation.Operation.Id,
            NodeNamespace = node.Namespace,
            NodeName = node.Name,
            Time = operation.Operation.StartedTime,
            Hooks = node.Hooks,
            StepPolicies = [.. node.Spec.OperatingSystem.StepPolicies],
        };
        var answer = await module.PrepareCaptureAsync(session, identity, cancellationToken);
        var outcome = answer switch
        {
            { FailedStep: { } failed } => OperationOutcome.Failed(Reasons.StepFailed, $"Preparing the machine failed in the step {failed}: {answer.Message}"),
            { Complete: true } => next with
            {
                Record = true,
                Values = KeyValues(answer.HostKeys ?? (await module.ObserveAsync(session, cancellationToken)).HostKeys),
            },
            _ => OperationOutcome.Running(step, answer.Message ?? "preparing the system", answer.HostKeys is null ? PollHooks : TimeSpan.Zero) with
            {
                Record = answer.HostKeys is not null,
                MadeProgress = answer.IsAtAnotherHookThan(operation.Operation.Message),
            },
        };
        return outcome with { Steps = answer.Steps, SshHostKeys = node.Spec.OperatingSystem.HostKeyPolicy == HostKeyPolicy.Pinned ? null : answer.HostKeys };
    }

    /// <summary>The keys that a machine loaded from the image will show: those left by the preparation, or else the machine's own.</summary>
    public static IList<string> HostKeysOf(OperationContext operation, CaptureTarget capture) => capture.Preparation == CapturePreparation.None
        ? [.. GuestTrust.AtRest(operation.Node).HostKeys]
        : [.. Enumerable.Range(0, MostHostKeys).Select(index => operation.Value($"{HostKey}{index}")).OfType<string>()];

    private static Dictionary<string, string> KeyValues(IReadOnlyList<string> keys) =>
        keys.Take(MostHostKeys).Select((key, index) => ($"{HostKey}{index}", key)).ToDictionary(pair => pair.Item1, pair => pair.key);
}

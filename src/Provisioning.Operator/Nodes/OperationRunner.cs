using Microsoft.Extensions.Logging;
using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Engines;
using Provisioning.Engines.Operations;
using Provisioning.Kubernetes.Caching;
using Provisioning.Operator.Hosting;

namespace Provisioning.Operator.Nodes;

/// <summary>Drives the verb of an operation as far as it goes without waiting.</summary>
internal sealed partial class OperationRunner(IResourceCache<Node> nodes, TimeProvider time, ILogger<OperationRunner> logger)
{
    /// <summary>How long a reconcile stays with one operation before others get their turn.</summary>
    public static readonly TimeSpan Turn = TimeSpan.FromSeconds(20);

    /// <summary>Longest time for one call of a verb; a step that takes longer must run as a detached job.</summary>
    public static readonly TimeSpan CallTimeout = TimeSpan.FromMinutes(2);

    /// <summary>When the operation of a Node that was deleted meanwhile is decided upon anew.</summary>
    private static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(100);

    /// <summary>When a call that broke off is repeated.</summary>
    public static readonly TimeSpan RepeatAfter = TimeSpan.FromSeconds(5);

    /// <summary>Calls the verb until it waits, ends, or asks for its state to be recorded.</summary>
    /// <returns>The status as it is then, and the last outcome.</returns>
    public async Task<(NodeStatus Status, OperationOutcome Outcome)> RunAsync(NodeWork work, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var status = work.Situation.Status;
        while (true)
        {
            var outcome = await CallAsync(work, ToContext(work, status), cancellationToken);
            if (outcome.Phase != OperationPhase.Running)
                return (status, outcome);

            status = OperationTransitions.Advance(status, outcome, time.GetUtcNow());
            if (outcome.Record || outcome.PollAfter > TimeSpan.Zero || time.GetElapsedTime(started) > Turn)
                return (status, outcome);

            // What has begun is given up now, and each further step would have to be undone as well. The call under way is not broken off: what became of it would not be known.
            if (work.Stored.Metadata.DeletionTimestamp is null && nodes.Get(work.Key)?.Metadata.DeletionTimestamp is not null)
                return (status, outcome with { PollAfter = AtOnce });
        }
    }

    /// <summary>Stops and cleans up after the operation.</summary>
    public Task<OperationOutcome> AbandonAsync(NodeWork work, CancellationToken cancellationToken) =>
        time.WithinAsync(CallTimeout, limited => work.Engine!.Engine.AbandonAsync(ToContext(work, work.Situation.Status), limited), cancellationToken);

    /// <summary>Lets the machine of a Node that goes be claimed by others. Null, or what was left behind.</summary>
    public async Task<string?> ReleaseAsync(NodeWork work, CancellationToken cancellationToken)
    {
        if (work.Engine is not { Engine: { } engine })
            return null;
        try
        {
            var outcome = await time.WithinAsync(CallTimeout, limited => engine.ReleaseAsync(work.Target, limited), cancellationToken);
            return outcome.Phase == OperationPhase.Succeeded ? null : $"The claim of the Node on its machine was left behind: {outcome.Message}";
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return $"The claim of the Node on its machine may be left behind: {exception.Message}";
        }
    }

    private async Task<OperationOutcome> CallAsync(NodeWork work, OperationContext context, CancellationToken cancellationToken)
    {
        try
        {
            return await time.WithinAsync(CallTimeout, limited => CallVerbAsync(work.Engine!.Engine, context, limited), cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Not an answer: whether the step took effect is not known, and steps can be repeated. The no-progress clock ends what never answers.
            LogCallFailed(context.Operation.Kind, context.Operation.Id, context.Node.Namespace, context.Node.Name, context.Operation.Step, exception.Message);
            var step = context.Operation.Step;
            return OperationOutcome.Running("", $"{step ?? "The first step"} gave no answer and is tried again: {exception.Message}", RepeatAfter) with { Step = step, NoAnswer = Reasons.HostUnreachable };
        }
    }

    private static Task<OperationOutcome> CallVerbAsync(IProvisioningEngine engine, OperationContext context, CancellationToken cancellationToken) => context.Operation.Kind switch
    {
        OperationKind.Load => engine.LoadAsync(context, cancellationToken),
        OperationKind.PostLoad => engine.PostLoadAsync(context, cancellationToken),
        OperationKind.Capture => engine.CaptureAsync(context, cancellationToken),
        OperationKind.PowerOn => engine.PowerOnAsync(context, cancellationToken),
        OperationKind.PowerOff => engine.PowerOffAsync(context, PowerOffMode.SoftThenHard, cancellationToken),
        OperationKind.PowerReset => engine.PowerResetAsync(context, cancellationToken),
        OperationKind.Unload => engine.UnloadAsync(context, cancellationToken),
        _ => throw new InvalidOperationException($"There is no operation {context.Operation.Kind}."),
    };

    private static OperationContext ToContext(NodeWork work, NodeStatus status)
    {
        var image = status.Operation!.ToImageTarget() ?? work.Image?.ToTarget();
        return new()
        {
            Node = work.Target with { SshHostKeys = [.. status.SshHostKeys], DesiredImage = work.Target.DesiredImage ?? image },
            Operation = status.Operation!,
            Image = image,
            // One that waits for the Node is no business of its other operations: what it says of shutting down is not meant for them.
            Capture = status.Operation!.Kind == OperationKind.Capture ? work.Capture?.ToTarget() : null,
            Timeouts = work.Situation.Provisioner!.Timeouts,
        };
    }

    [LoggerMessage(2011, LogLevel.Warning, "Node {Namespace}/{Name}: {Kind} {OperationId} got no answer at step {Step}, which is tried again: {What}")]
    private partial void LogCallFailed(OperationKind kind, string operationId, string @namespace, string name, string? step, string what);
}

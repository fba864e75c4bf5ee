using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Core.Decisions;
using Provisioning.Core.Tests.Health;
using Provisioning.Core.Verdict;

namespace Provisioning.Core.Tests.Convergence;

/// <summary>Drives a model machine by the decisions, as the operator does, and checks at each of them what must never happen.</summary>
internal sealed class ModelOperator(ModelMachine machine, NodeSpec spec, int stepsPerOperation)
{
    private int _stepsDone;
    private int _operations;

    public DesiredImage Image { get; set; } = Situations.Image;

    public CaptureRequest? Capture { get; set; }

    public DateTimeOffset Now { get; private set; } = Situations.Now;

    public DateTimeOffset? DeletedAt { get; set; }

    public long Generation { get; set; } = 1;

    public NodeStatus? Status { get; private set; }

    public List<string> Log { get; } = [];

    public NodeSpec Spec => spec;

    /// <summary>A person approves what waits.</summary>
    public void Approve(PendingPlan plan)
    {
        Demand(Approved.Add(plan.Id), $"The plan {plan.Id} waits for an approval again.");
        spec.ApprovedPlan = plan.Id;
        Generation++;
    }

    /// <summary>Plans that were approved, each of them once.</summary>
    public HashSet<string> Approved { get; } = [];

    /// <summary>One pass: look, decide, do, wait.</summary>
    public NodeDecision Step()
    {
        var situation = Gather();
        var decision = NodeDecider.Decide(situation);
        Log.Add($"{Now:T} {decision} | {situation.Verdict?.Verdict} {situation.Verdict?.Reason}");
        Check(situation, decision);
        Status = ComposedStatus.Of(situation, decision);
        Carry(situation, decision);
        return decision;
    }

    private NodeSituation Gather() => new()
    {
        Node = new()
        {
            Metadata = new() { Name = "n1", Generation = Generation, DeletionTimestamp = DeletedAt, Finalizers = [ApiGroup.Finalizer] },
            Spec = spec,
            Status = Status,
        },
        Now = Now,
        Provisioner = new ProvisionerSpec(),
        Supported = Situations.Everything,
        DesiredImage = spec.ImageRef is null ? null : Image,
        Observation = Status?.Operation is null && spec.ManagementPolicy != ManagementPolicy.Paused ? machine.Look(Now) : null,
        Capture = Capture,
        Circumstances = $"{Generation}",
    };

    private void Check(NodeSituation situation, NodeDecision decision)
    {
        if (spec.ManagementPolicy == ManagementPolicy.Paused && DeletedAt is null)
            Demand(decision is NodeDecision.Hold, "A paused Node was acted upon.");
        if (decision is not NodeDecision.Begin begin)
            return;

        Demand(Status?.Operation is null, "A second operation began.");
        if (spec.ChangePolicy == ChangePolicy.Approve && machine.Exists && begin.Kind is OperationKind.Load or OperationKind.Unload or OperationKind.Capture)
            Demand(begin.Plan == spec.ApprovedPlan || Status?.Retry is { Attempt: > 0 }, "Something was destroyed that nobody approved.");
        if (begin.Kind != OperationKind.Load || begin.Reason == Reasons.ReloadRequested)
            return;
        var isGood = machine.Exists && machine.Disk == Image.RevisionId && !machine.Tainted && Status?.LoadedImage is not { State: LoadState.Loading };
        Demand(!isGood, "A machine that was as it should be is loaded again.");
        Demand(situation.Verdict!.Verdict == NodeVerdict.Reload, "A load began without proof.");
    }

    private void Demand(bool holds, string what) => Assert.True(holds, $"{what}\n{string.Join('\n', Log)}");

    private void Carry(NodeSituation situation, NodeDecision decision)
    {
        switch (decision)
        {
            case NodeDecision.Begin begin:
                Begin(begin);
                break;
            case NodeDecision.Continue:
                Continue();
                break;
            case NodeDecision.Abandon abandon:
                Fail(abandon.Reason, counts: abandon.Reason is not (Reasons.Superseded or Reasons.Deleting));
                break;
            case NodeDecision.Settle:
                ToHistory(Status!.Operation!.Phase);
                break;
            case NodeDecision.AwaitCapture:
                Capture = Capture! with { IsFinished = true };
                break;
            case NodeDecision.WaitToRetry wait:
                Now = wait.Until;
                break;
            default:
                Now += TimeSpan.FromMinutes(1);
                break;
        }
    }

    private void Begin(NodeDecision.Begin begin)
    {
        _stepsDone = 0;
        Status = Status! with
        {
            Operation = new()
            {
                Id = $"op-{++_operations}",
                Kind = begin.Kind,
                Target = begin.Capture?.ImageName ?? (begin.Kind == OperationKind.PowerReset ? spec.PowerResetToken : Image.Name),
                TargetRevision = Image.Revision,
                TargetDigest = begin.Kind is OperationKind.Load or OperationKind.PostLoad ? Image.Digest : null,
                CaptureUid = begin.Capture?.Uid,
                Plan = begin.Plan,
                StartedTime = Now,
                LastProgressTime = Now,
                DeadlineTime = Now.AddHours(1),
            },
            Retry = Status!.Retry?.Goal == begin.Goal ? Status.Retry : new() { Goal = begin.Goal },
            LoadedImage = begin.Capture is not null && Status.LoadedImage is { } loaded
                ? loaded with { PreparedForCapture = $"{begin.Capture.ImageName}@{begin.Capture.Revision}" }
                : Status.LoadedImage,
        };
    }

    private void Continue()
    {
        Now += TimeSpan.FromSeconds(30);
        if (machine.HostDown)
            return;
        var operation = Status!.Operation!;
        if (_stepsDone++ == 0)
            machine.Start(operation);
        Status = Status with { Operation = operation with { LastProgressTime = Now } };
        if (_stepsDone < stepsPerOperation)
            return;
        if (machine.Finish(operation, Image))
            Succeed(operation);
        else
            Fail(Reasons.CommandFailed, counts: true);
    }

    private void Succeed(OperationStatus operation)
    {
        if (operation.Kind == OperationKind.Capture)
        {
            Status = Status! with { HandledPlan = operation.Plan ?? Status.HandledPlan, Operation = operation with { Phase = OperationPhase.Succeeded } };
            return;
        }

        ToHistory(OperationPhase.Succeeded);
        Status = Status! with
        {
            Retry = null,
            LoadedImage = operation.Kind switch
            {
                OperationKind.Load => new() { Name = operation.Target!, Revision = operation.TargetRevision!, Digest = operation.TargetDigest!, OperationId = operation.Id, State = LoadState.Loaded },
                OperationKind.PostLoad => Status.LoadedImage is { } loaded ? loaded with { PreparedForCapture = null } : null,
                OperationKind.Unload => null,
                _ => Status.LoadedImage,
            },
            HandledPlan = operation.Plan ?? Status.HandledPlan,
            HandledReloadToken = operation.Kind == OperationKind.Load ? spec.ReloadToken : Status.HandledReloadToken,
            HandledPowerResetToken = operation.Kind == OperationKind.PowerReset ? operation.Target : Status.HandledPowerResetToken,
        };
    }

    private void Fail(string reason, bool counts)
    {
        var operation = Status!.Operation!;
        if (operation.Kind == OperationKind.Capture)
        {
            Status = Status with { Operation = operation with { Phase = OperationPhase.Failed, Reason = reason } };
            return;
        }

        var attempt = Status.Retry!.Attempt + 1;
        var retry = Status.Retry with { Attempt = attempt, DestructiveAttempts = Status.Retry.DestructiveAttempts + (_stepsDone > 0 ? 1 : 0), Reason = reason, Message = "It failed.", NextTime = Now + Backoff.After(attempt, 0.5) };
        ToHistory(OperationPhase.Failed);
        Status = Status with
        {
            Retry = counts ? retry : null,
            LoadedImage = operation.Kind == OperationKind.Load && _stepsDone > 0
                ? new() { Name = operation.Target!, Revision = operation.TargetRevision!, Digest = operation.TargetDigest!, OperationId = operation.Id, State = LoadState.Loading }
                : Status.LoadedImage,
        };
    }

    private void ToHistory(OperationPhase phase)
    {
        var operation = Status!.Operation!;
        var record = new OperationRecord { Id = operation.Id, Kind = operation.Kind, Target = operation.Target, Phase = phase, StartedTime = operation.StartedTime, FinishedTime = Now };
        Status = Status with { Operation = null, History = [record, .. Status.History.Take(4)] };
    }
}

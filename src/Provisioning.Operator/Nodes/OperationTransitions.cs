using Provisioning.Api;
using Provisioning.Api.Images;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Api.Text;
using Provisioning.Core.Decisions;
using Provisioning.Core.Status;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;

namespace Provisioning.Operator.Nodes;

/// <summary>How a Node's status changes as an operation begins, goes on and ends. Pure.</summary>
internal static class OperationTransitions
{
    private const string ReloadToken = "reloadToken";
    private const int LongestHistory = 5;
    private const int LongestMessage = 1024;
    private const int MostHooks = 8;
    private const int MostHostKeys = 8;

    // A key that the schema does not take would make the API server refuse the whole status, again and again.
    private const int LongestHostKey = 1024;

    /// <summary>The intent: written before the first side effect.</summary>
    /// <param name="situation">What was decided upon.</param>
    /// <param name="begin">The decision.</param>
    /// <param name="id">Id of the operation.</param>
    /// <param name="file">The desired image's file, if there is one.</param>
    public static NodeStatus Begin(NodeSituation situation, NodeDecision.Begin begin, string id, OperationImage? file = null)
    {
        var status = situation.Status;
        var now = ConditionSet.Truncate(situation.Now);
        var image = begin.Kind is OperationKind.Load or OperationKind.PostLoad ? situation.DesiredImage : null;
        return status with
        {
            Queue = null,
            Provisioner = situation.Node.Spec.ProvisionerRef.Name,
            Machine = NodeSituation.DeclaredMachineOf(situation.Node),
            OperationSequence = status.OperationSequence + 1,
            Operation = new()
            {
                Id = id,
                Kind = begin.Kind,
                Sequence = status.OperationSequence + 1,
                Target = begin.Capture?.ImageName ?? image?.Name ?? (begin.Kind == OperationKind.PowerReset ? situation.Node.Spec.PowerResetToken : null),
                TargetRevision = begin.Capture?.Revision ?? image?.Revision,
                TargetDigest = image?.Digest,
                Image = image is null ? null : file,
                CaptureUid = begin.Capture?.Uid,
                CaptureName = begin.Capture?.Name,
                Plan = begin.Plan,
                Attempt = status.Retry is { } retry && retry.Goal == begin.Goal ? retry.Attempt + 1 : 1,
                StartedTime = now,
                LastProgressTime = now,
                DeadlineTime = now + Deadline(situation, begin.Kind),
                Message = Bound(begin.Message),
                Values = FirstValues(situation, begin),
            },
            Retry = status.Retry?.Goal == begin.Goal ? status.Retry : new() { Goal = begin.Goal },
            PowerOnDue = begin.Capture is { } capturing
                ? capturing.RestoresPower && situation.Node.Spec.PowerState is null && (status.PowerOnDue || situation.Observation?.Power.Value == PowerValue.On)
                : status.PowerOnDue,
            // From here on, the disk of a machine that is prepared for a capture carries another identity than the one that was loaded.
            LoadedImage = begin.Capture is { PreparesOperatingSystem: true } capture && status.LoadedImage is { } loaded
                ? CaptureMarks.Add(loaded, IdentityOf(capture))
                : status.LoadedImage,
        };
    }

    /// <summary>The operation goes on.</summary>
    public static NodeStatus Advance(NodeStatus status, OperationOutcome outcome, DateTimeOffset time)
    {
        var operation = status.Operation!;
        var now = ConditionSet.Truncate(time);
        var newStep = outcome.Step != operation.Step;
        status = Absorb(status, outcome);
        // Only the first report of each: one that says now this, now that, would keep the clock from ever running out.
        var moved = newStep || outcome.MadeProgress || status.Operation!.Steps.Count > operation.Steps.Count;
        return status with
        {
            Operation = status.Operation! with
            {
                Step = outcome.Step,
                Message = Bound(outcome.Message),
                ProgressPercent = outcome.ProgressPercent ?? operation.ProgressPercent,
                StepStartedTime = newStep ? now : operation.StepStartedTime,
                LastProgressTime = moved ? now : operation.LastProgressTime,
            },
        };
    }

    /// <summary>An operation that has waited in line goes on: its clocks stood still meanwhile.</summary>
    public static NodeStatus LeaveLine(NodeStatus status, DateTimeOffset time)
    {
        var now = ConditionSet.Truncate(time);
        return status with
        {
            Queue = null,
            Operation = status.Operation! with { LastProgressTime = now, DeadlineTime = status.Operation.DeadlineTime + (now - status.Queue!.SinceTime) },
        };
    }

    /// <summary>What an outcome found out, whether it goes on, succeeded or failed: host keys, values and reports of steps.</summary>
    public static NodeStatus Absorb(NodeStatus status, OperationOutcome outcome) => status with
    {
        SshHostKeys = outcome.SshHostKeys is { } keys ? [.. keys.Where(key => PrintableText.IsPlain(key, LongestHostKey)).Take(MostHostKeys)] : status.SshHostKeys,
        Operation = status.Operation! with
        {
            Values = OperationReports.Merge(status.Operation.Values, outcome.Values),
            Steps = OperationReports.Merge(status.Operation.Steps, outcome.Steps),
        },
    };

    /// <summary>Whether a status holds what must not be lost, against mere progress, which can be told later.</summary>
    public static bool MustBeWritten(NodeStatus? stored, NodeStatus status)
    {
        if (stored?.Operation is not { } before || status.Operation is not { } after || before.Id != after.Id || before.Step != after.Step)
            return true;
        return !stored.SshHostKeys.SequenceEqual(status.SshHostKeys)
            || !before.Values.Select(value => (value.Name, value.Value)).SequenceEqual(after.Values.Select(value => (value.Name, value.Value)))
            || !before.Steps.Select(step => (step.Name, step.Result)).SequenceEqual(after.Steps.Select(step => (step.Name, step.Result)));
    }

    /// <summary>The operation has ended: what follows for the record of the machine, and the history.</summary>
    public static NodeStatus Succeed(NodeStatus status, OperationOutcome outcome, DateTimeOffset time)
    {
        status = Absorb(status, outcome);
        var operation = status.Operation!;
        var now = ConditionSet.Truncate(time);
        if (operation.Kind == OperationKind.Capture)
        {
            return status with
            {
                HandledPlan = operation.Plan ?? status.HandledPlan,
                // A configuration is captured from what goes on.
                Power = outcome.CapturedImage?.Format == ImageFormat.Configuration ? status.Power : PowerValue.Off,
                LoadedImage = status.LoadedImage is { } captured ? CaptureMarks.Settle(captured, operation) : null,
                Operation = operation with { Phase = OperationPhase.Succeeded, CapturedImage = outcome.CapturedImage, ProgressPercent = 100, Message = Bound(outcome.Message) },
            };
        }

        return ToHistory(status, operation, OperationPhase.Succeeded, null, WithStepFailures(outcome.Message, operation), now) with
        {
            Retry = null,
            PowerOnDue = operation.Kind is not (OperationKind.PowerOn or OperationKind.Load) && status.PowerOnDue,
            LoadedImage = operation.Kind switch
            {
                OperationKind.Load => new()
                {
                    Name = operation.Target ?? "",
                    Revision = operation.TargetRevision ?? "",
                    Digest = operation.TargetDigest ?? "",
                    OperationId = operation.Id,
                    State = LoadState.Loaded,
                    LoadedTime = now,
                    VerifiedTime = now,
                },
                OperationKind.PostLoad => status.LoadedImage is { } loaded ? loaded with { PreparedForCapture = null, PreparedBefore = null, VerifiedTime = now } : null,
                OperationKind.Unload => null,
                _ => status.LoadedImage,
            },
            CurrentImage = operation.Kind switch
            {
                OperationKind.Load => operation.Target,
                OperationKind.Unload => null,
                _ => status.CurrentImage,
            },
            Power = operation.Kind switch
            {
                OperationKind.Load or OperationKind.PowerOn or OperationKind.PowerReset => PowerValue.On,
                OperationKind.PowerOff => PowerValue.Off,
                _ => status.Power,
            },
            HandledPlan = operation.Plan ?? status.HandledPlan,
            HandledReloadToken = operation.Values.FirstOrDefault(value => value.Name == ReloadToken)?.Value ?? status.HandledReloadToken,
            HandledPowerResetToken = operation.Kind == OperationKind.PowerReset ? operation.Target : status.HandledPowerResetToken,
        };
    }

    /// <summary>The operation has failed, and what it left is cleaned up.</summary>
    public static NodeStatus Fail(NodeStatus status, OperationFailure failure, DateTimeOffset time, double random)
    {
        var operation = status.Operation!;
        var now = ConditionSet.Truncate(time);
        // A capture runs once, also one that is given up because its Node was given another machine. Its end stays here until its ImageCapture has taken it over: dropped before, it would be begun anew on the next
        // machine while its ImageCapture is told that it is over. One that found no space before it did anything has not run, and waits for the space.
        if (operation.Kind == OperationKind.Capture && !IsTriedAgain(failure))
        {
            return status with
            {
                Queue = null,
                Operation = operation with { Phase = OperationPhase.Failed, Reason = failure.Reason, Message = Bound(failure.Message) },
                LoadedImage = AfterCapture(status.LoadedImage, operation, failure),
            };
        }

        return ToHistory(status, operation, OperationPhase.Failed, failure.Reason, WithStepFailures(failure.Message, operation), now) with
        {
            Retry = failure.IsUnwanted || Resets.WasReset(operation) ? null : NextAttempt(status.Retry, failure, now, random),
            HandledPowerResetToken = Resets.IsUsedUp(operation, failure) ? operation.Target : status.HandledPowerResetToken,
            LoadedImage = operation.Kind switch
            {
                OperationKind.Load when !failure.MachineUntouched => new()
                {
                    Name = operation.Target ?? "",
                    Revision = operation.TargetRevision ?? "",
                    Digest = operation.TargetDigest ?? "",
                    OperationId = operation.Id,
                    State = LoadState.Loading,
                },
                OperationKind.Unload when !failure.MachineUntouched && status.LoadedImage is { } loaded => loaded with { State = LoadState.Loading },
                OperationKind.Capture => AfterCapture(status.LoadedImage, operation, failure),
                _ => status.LoadedImage,
            },
        };
    }

    /// <summary>The end of a capture is known to its ImageCapture: into the history.</summary>
    public static NodeStatus Settle(NodeStatus status, DateTimeOffset time)
    {
        var operation = status.Operation!;
        return ToHistory(status, operation, operation.Phase, operation.Reason, operation.Message, ConditionSet.Truncate(time)) with { Retry = null };
    }

    /// <summary>One more failed attempt.</summary>
    public static RetryStatus NextAttempt(RetryStatus? retry, OperationFailure failure, DateTimeOffset now, double random)
    {
        var attempt = (retry?.Attempt ?? 0) + 1;
        return new()
        {
            Goal = retry?.Goal ?? "",
            Attempt = attempt,
            DestructiveAttempts = (retry?.DestructiveAttempts ?? 0) + (failure.MachineUntouched ? 0 : 1),
            NextTime = ConditionSet.Truncate(now + (failure.NeedsPerson ? Backoff.Longest : Backoff.After(attempt, random))),
            Reason = failure.Reason,
            Message = Bound(failure.Message),
            NeedsPerson = failure.NeedsPerson,
        };
    }

    private static List<OperationValue> FirstValues(NodeSituation situation, NodeDecision.Begin begin) => begin switch
    {
        { Kind: OperationKind.Load } when situation.Node.Spec.ReloadToken is { } token => [new() { Name = ReloadToken, Value = token }],
        { Capture: { PreparesOperatingSystem: true } capture } => [CaptureMarks.ToValue(IdentityOf(capture))],
        _ => [],
    };

    private static string IdentityOf(CaptureRequest capture) => $"{capture.ImageName}@{capture.Revision}";

    /// <summary>Whether the Node begins a capture again: it did nothing for want of space, or only the machine says that it was given up, while nobody wants that any more.</summary>
    private static bool IsTriedAgain(OperationFailure failure) => failure is { Reason: Reasons.DiskFull, MachineUntouched: true } or { Reason: Reasons.Superseded, IsUnwanted: false };

    private static LoadedImage? AfterCapture(LoadedImage? loaded, OperationStatus operation, OperationFailure failure) =>
        failure.MachineUntouched && loaded is not null ? CaptureMarks.TakeBack(loaded, operation) : loaded;

    private static NodeStatus ToHistory(NodeStatus status, OperationStatus operation, OperationPhase phase, string? reason, string? message, DateTimeOffset now)
    {
        // The outputs of hooks are large for a status, so only the newest are kept.
        List<StepReport> hooks = [.. operation.Steps.Where(step => step.Name.StartsWith(HookSpec.StepPrefix, StringComparison.Ordinal)).TakeLast(MostHooks)];
        var record = new OperationRecord
        {
            Id = operation.Id,
            Kind = operation.Kind,
            Target = operation.Target,
            Phase = phase,
            Reason = reason,
            Message = message is null ? null : Bound(message),
            StartedTime = operation.StartedTime,
            FinishedTime = now,
            Hooks = hooks.Count > 0 ? hooks : null,
        };
        return status with
        {
            Operation = null,
            Queue = null,
            History = [record, .. status.History.Take(LongestHistory - 1).Select(before => hooks.Count > 0 && before.Hooks is not null ? before with { Hooks = null } : before)],
        };
    }

    private static TimeSpan Deadline(NodeSituation situation, OperationKind kind) => TimeSpan.FromSeconds(kind switch
    {
        OperationKind.Load or OperationKind.PostLoad => situation.Provisioner!.Timeouts.LoadSeconds,
        OperationKind.Capture => situation.Provisioner!.Timeouts.CaptureSeconds,
        _ => situation.Provisioner!.Timeouts.PowerSeconds,
    });

    private static string WithStepFailures(string message, OperationStatus operation)
    {
        var failed = operation.Steps.Where(step => step.Result == StepResult.Failed).Select(step => $"{step.Name}: {step.Message}").ToList();
        return failed.Count == 0 ? message : $"{message} Steps that failed: {string.Join("; ", failed)}";
    }

    private static string Bound(string text) => BoundedText.Cut(text, LongestMessage);
}

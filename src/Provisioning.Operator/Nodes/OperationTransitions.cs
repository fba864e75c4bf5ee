using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;
using Provisioning.Core.Status;
using Provisioning.Engines.Operations;

namespace Provisioning.Operator.Nodes;

/// <summary>How a Node's status changes as an operation begins, goes on and ends. Pure.</summary>
internal static class OperationTransitions
{
    private const string ReloadToken = "reloadToken";
    private const int LongestHistory = 5;
    private const int LongestMessage = 1000;

    /// <summary>The intent: written before the first side effect.</summary>
    public static NodeStatus Begin(NodeSituation situation, NodeDecision.Begin begin, string id)
    {
        var status = situation.Status;
        var now = ConditionSet.Truncate(situation.Now);
        var image = begin.Kind is OperationKind.Load or OperationKind.PostLoad ? situation.DesiredImage : null;
        return status with
        {
            Queue = null,
            OperationSequence = status.OperationSequence + 1,
            Operation = new()
            {
                Id = id,
                Kind = begin.Kind,
                Sequence = status.OperationSequence + 1,
                Target = begin.Capture?.ImageName ?? image?.Name ?? (begin.Kind == OperationKind.PowerReset ? situation.Node.Spec.PowerResetToken : null),
                TargetRevision = begin.Capture?.Revision ?? image?.Revision,
                TargetDigest = image?.Digest,
                CaptureUid = begin.Capture?.Uid,
                CaptureName = begin.Capture?.Name,
                Attempt = status.Retry is { } retry && retry.Goal == begin.Goal ? retry.Attempt + 1 : 1,
                StartedTime = now,
                LastProgressTime = now,
                DeadlineTime = now + Deadline(situation, begin.Kind),
                Message = begin.Message,
                Values = begin.Kind == OperationKind.Load && situation.Node.Spec.ReloadToken is { } token ? [new() { Name = ReloadToken, Value = token }] : [],
            },
            Retry = status.Retry?.Goal == begin.Goal ? status.Retry : new() { Goal = begin.Goal },
            PowerOnDue = begin.Capture is { RestoresPower: true } && situation.Node.Spec.PowerState is null && situation.Observation?.Power.Value == PowerValue.On,
            // From here on, the disk of a machine that is prepared for a capture carries another identity than the one that was loaded.
            LoadedImage = begin.Capture is { PreparesOperatingSystem: true } capture && status.LoadedImage is { } loaded
                ? loaded with { PreparedForCapture = $"{capture.ImageName}@{capture.Revision}" }
                : status.LoadedImage,
        };
    }

    /// <summary>The operation goes on.</summary>
    public static NodeStatus Advance(NodeStatus status, OperationOutcome outcome, DateTimeOffset time)
    {
        var operation = status.Operation!;
        var now = ConditionSet.Truncate(time);
        var newStep = outcome.Step != operation.Step;
        return status with
        {
            SshHostKeys = outcome.SshHostKeys is { } keys ? [.. keys] : status.SshHostKeys,
            Operation = operation with
            {
                Step = outcome.Step,
                Message = Bound(outcome.Message),
                ProgressPercent = outcome.ProgressPercent ?? operation.ProgressPercent,
                StepStartedTime = newStep ? now : operation.StepStartedTime,
                LastProgressTime = newStep || outcome.MadeProgress ? now : operation.LastProgressTime,
                Values = Merge(operation.Values, outcome.Values),
                Steps = Merge(operation.Steps, outcome.Steps),
            },
        };
    }

    /// <summary>The operation has ended: what follows for the record of the machine, and the history.</summary>
    public static NodeStatus Succeed(NodeStatus status, OperationOutcome outcome, DateTimeOffset time)
    {
        var operation = status.Operation! with { Steps = Merge(status.Operation!.Steps, outcome.Steps) };
        var now = ConditionSet.Truncate(time);
        status = status with { SshHostKeys = outcome.SshHostKeys is { } keys ? [.. keys] : status.SshHostKeys };
        if (operation.Kind == OperationKind.Capture)
        {
            return status with
            {
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
                OperationKind.PostLoad => status.LoadedImage is { } loaded ? loaded with { PreparedForCapture = null, VerifiedTime = now } : null,
                OperationKind.Unload => null,
                _ => status.LoadedImage,
            },
            CurrentImage = operation.Kind switch
            {
                OperationKind.Load => operation.Target,
                OperationKind.Unload => null,
                _ => status.CurrentImage,
            },
            HandledReloadToken = operation.Values.FirstOrDefault(value => value.Name == ReloadToken)?.Value ?? status.HandledReloadToken,
            HandledPowerResetToken = operation.Kind == OperationKind.PowerReset ? operation.Target : status.HandledPowerResetToken,
        };
    }

    /// <summary>The operation has failed, and what it left is cleaned up.</summary>
    public static NodeStatus Fail(NodeStatus status, OperationFailure failure, DateTimeOffset time, double random)
    {
        var operation = status.Operation!;
        var now = ConditionSet.Truncate(time);
        if (operation.Kind == OperationKind.Capture && failure.Reason != Reasons.Superseded)
            return status with { Operation = operation with { Phase = OperationPhase.Failed, Reason = failure.Reason, Message = Bound(failure.Message) } };

        var counts = failure.Reason is not (Reasons.Superseded or Reasons.Deleting);
        return ToHistory(status, operation, OperationPhase.Failed, failure.Reason, WithStepFailures(failure.Message, operation), now) with
        {
            Retry = counts ? NextAttempt(status.Retry, failure, now, random) : null,
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
            NextTime = ConditionSet.Truncate(now + (failure.NeedsPerson ? Backoff.Longest : Backoff.After(attempt, random))),
            Reason = failure.Reason,
            Message = Bound(failure.Message),
            NeedsPerson = failure.NeedsPerson,
        };
    }

    private static NodeStatus ToHistory(NodeStatus status, OperationStatus operation, OperationPhase phase, string? reason, string? message, DateTimeOffset now) => status with
    {
        Operation = null,
        Queue = null,
        History = [new OperationRecord { Id = operation.Id, Kind = operation.Kind, Target = operation.Target, Phase = phase, Reason = reason, Message = message is null ? null : Bound(message), StartedTime = operation.StartedTime, FinishedTime = now }, .. status.History.Take(LongestHistory - 1)],
    };

    private static TimeSpan Deadline(NodeSituation situation, OperationKind kind) => TimeSpan.FromSeconds(kind switch
    {
        OperationKind.Load or OperationKind.PostLoad => situation.Provisioner!.Timeouts.LoadSeconds,
        OperationKind.Capture => situation.Provisioner!.Timeouts.CaptureSeconds,
        _ => situation.Provisioner!.Timeouts.PowerSeconds,
    });

    private static List<OperationValue> Merge(IList<OperationValue> before, IReadOnlyDictionary<string, string> values) =>
        [.. before.Where(value => !values.ContainsKey(value.Name)), .. values.Select(pair => new OperationValue { Name = pair.Key, Value = pair.Value })];

    private static List<StepReport> Merge(IList<StepReport> before, IReadOnlyList<StepReport> steps) =>
        [.. before.Where(step => steps.All(s => s.Name != step.Name)), .. steps];

    private static string WithStepFailures(string message, OperationStatus operation)
    {
        var failed = operation.Steps.Where(step => step.Result == StepResult.Failed).Select(step => $"{step.Name}: {step.Message}").ToList();
        return failed.Count == 0 ? message : $"{message} Steps that failed: {string.Join("; ", failed)}";
    }

    private static string Bound(string text) => text.Length > LongestMessage ? string.Concat(text.AsSpan(0, LongestMessage), "…") : text;
}

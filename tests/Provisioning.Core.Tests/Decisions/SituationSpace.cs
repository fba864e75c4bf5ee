using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;

namespace Provisioning.Core.Tests.Decisions;

/// <summary>
/// Every combination of what a decision depends on. Three parts, because the first questions of the decision (deletion, an operation on record) leave
/// most other inputs out of account; within a part the product is complete.
/// </summary>
internal static class SituationSpace
{
    private static readonly OperationKind[] Kinds = Enum.GetValues<OperationKind>();

    private static readonly PowerState?[] Powers = [null, PowerState.PoweredOn, PowerState.PoweredOff];

    private static readonly ManagementPolicy[] Policies = Enum.GetValues<ManagementPolicy>();

    private static readonly PowerReading[] Readings = [PowerReading.On, PowerReading.Off, PowerReading.Unknown(Reasons.UnexpectedAnswer)];

    private static readonly Obstacle Transient = new(Reasons.ProvisionerNotReady, "The provisioner does not answer.", NeedsPerson: false);

    private static readonly Obstacle Person = new(Reasons.SecretInvalid, "The Secret login lacks the key ssh-privatekey. Add it.", NeedsPerson: true);

    private static readonly Obstacle NoImage = new(Reasons.ImageNotFound, "There is no Image debian-12. Create it or change spec.imageRef.", NeedsPerson: true);

    /// <summary>What can be on a machine and what is recorded of it: one for each verdict and each way to it.</summary>
    private static readonly (string Name, Observation? Observation, LoadedImage? Loaded, bool HasSystem)[] Machines =
    [
        ("not looked at", null, Situations.Loaded, true),
        ("as it should be", Situations.Running, Situations.Loaded, true),
        ("never seen before", Situations.Running, null, true),
        ("silent", Situations.Silent, Situations.Loaded, true),
        ("silent, never recorded", Situations.Silent, null, true),
        ("unreachable", Situations.Unreachable, Situations.Loaded, true),
        ("missing", Situations.Missing, Situations.Loaded, true),
        ("half loaded", Situations.Running, Situations.Loaded with { State = LoadState.Loading }, true),
        ("other image", Situations.Running, Situations.Loaded with { Name = "centos-7", Digest = "sha256:" + new string('c', 64) }, true),
        ("not configured", Situations.Running with { Configured = Fact.No }, Situations.Loaded, true),
        ("contradicting", Situations.Running with { CurrentImage = CurrentImageReading.Image("x", "x@1") }, Situations.Loaded, true),
        ("without system", Situations.Running with { Ssh = Fact.Unknown(Reasons.NotProbed) }, Situations.Loaded, false),
        ("without system or record", Situations.Running with { Ssh = Fact.Unknown(Reasons.NotProbed) }, null, false),
    ];

    public static IEnumerable<NodeSituation> All() => AtRest().Concat(Approving()).Concat(HeldBack()).Concat(UnderWay()).Concat(Deleted()).Concat(DeletedApproving());

    /// <summary>What begins at rest, under Approve: the same with every other policy of approval. Capabilities and what does not begin make no difference there.</summary>
    private static IEnumerable<NodeSituation> Approving() =>
        from desired in Desired()
        from capture in Captures()
        from tokens in Tokens()
        let situation = WithTokens(desired with { Capture = capture, Supported = Situations.Everything }, tokens)
        where NodeDecider.Decide(situation) is NodeDecision.Begin
        from retry in new[] { RetryCase.None, RetryCase.Waiting, RetryCase.Due, RetryCase.Exhausted }
        from approval in Enum.GetValues<ApprovalCase>()
        select WithApproval(WithRetry(situation, retry), approval);

    /// <summary>Deletion under Approve, of what would begin something.</summary>
    private static IEnumerable<NodeSituation> DeletedApproving() =>
        from situation in Deleted()
        where situation.Status.Operation is null && NodeDecider.Decide(situation) is NodeDecision.Begin
        from approval in Enum.GetValues<ApprovalCase>()
        select WithApproval(situation, approval);

    /// <summary>Nothing under way, managed: power x image x machine x reading x capture x tokens x retry x capabilities.</summary>
    public static IEnumerable<NodeSituation> AtRest() =>
        from desired in Desired()
        from capture in Captures()
        from tokens in Tokens()
        from retry in Enum.GetValues<RetryCase>()
        from supported in new[] { Situations.Everything, new HashSet<OperationKind>() }
        select WithRetry(WithTokens(desired with { Capture = capture, Supported = supported }, tokens), retry);

    /// <summary>Nothing under way, with an obstacle or not allowed to act.</summary>
    private static IEnumerable<NodeSituation> HeldBack() =>
        from desired in Desired()
        from capture in Captures()
        from tokens in Tokens()
        from held in new (ManagementPolicy Policy, Obstacle? Obstacle)[]
        {
            (ManagementPolicy.Observe, null), (ManagementPolicy.Paused, null), (ManagementPolicy.Manage, Transient), (ManagementPolicy.Manage, Person), (ManagementPolicy.Observe, Person),
        }
        select WithSpec(WithTokens(desired with { Capture = capture, Obstacle = held.Obstacle }, tokens), spec => spec.ManagementPolicy = held.Policy);

    /// <summary>An operation on record: kind x phase x power x image x policy x capture x clock x obstacle x provisioner.</summary>
    private static IEnumerable<NodeSituation> UnderWay() =>
        from kind in Kinds
        from phase in Enum.GetValues<OperationPhase>()
        from power in Powers
        from image in Images()
        from observation in new[] { null, Situations.Running }
        from policy in Policies
        from capture in Captures().Append(Situations.Capture with { Uid = "another" })
        from clock in Enum.GetValues<ClockCase>()
        from obstacle in new[] { null, Person, Transient }
        from provisioned in new[] { true, false }
        select WithOperation(
            WithSpec(image, spec => (spec.PowerState, spec.ManagementPolicy) = (power, policy)) with
            {
                Observation = observation,
                Capture = capture,
                Obstacle = provisioned ? obstacle : new(Reasons.ProvisionerNotFound, "There is no Provisioner lab. Create it.", NeedsPerson: true),
                Provisioner = provisioned ? new() : null,
            },
            kind,
            phase,
            clock);

    /// <summary>Deletion: policy x finalizer x grace x management x operation x machine x reading x obstacle x retry x capabilities x provisioner.</summary>
    private static IEnumerable<NodeSituation> Deleted()
    {
        var requests =
            from policy in Enum.GetValues<DeletionPolicy>()
            from management in Policies
            from hasFinalizer in new[] { true, false }
            from ago in new[] { TimeSpan.FromMinutes(1), DeletionOutlook.Grace }
            from provisioned in new[] { true, false }
            select (policy, management, hasFinalizer, ago, provisioned);
        var idle =
            from request in requests
            from machine in Machines
            from reading in Readings
            from obstacle in new[] { null, Person, Transient }
            from retry in Enum.GetValues<RetryCase>()
            from supported in new[] { Situations.Everything, new HashSet<OperationKind>() }
            select WithRetry(Delete(Machine(machine, reading) with { Obstacle = obstacle, Supported = supported }, request), retry);
        var busy =
            from request in requests
            from kind in Kinds
            from phase in Enum.GetValues<OperationPhase>()
            from capture in Captures()
            from obstacle in new[] { null, Person, Transient }
            select WithOperation(Delete(Situations.Of() with { Capture = capture, Obstacle = obstacle }, request), kind, phase, ClockCase.InTime);
        return idle.Concat(busy);
    }

    private static IEnumerable<NodeSituation> Desired() =>
        from power in Powers
        from image in Images()
        from machine in Machines
        from reading in Readings
        let situation = Machine(machine, reading)
        select WithSpec(situation, spec =>
        {
            spec.PowerState = power;
            spec.ImageRef = image.Node.Spec.ImageRef;
        }) with { DesiredImage = image.DesiredImage, ImageObstacle = image.ImageObstacle };

    private static IEnumerable<NodeSituation> Images()
    {
        yield return Situations.Of(Situations.Spec(spec => spec.ImageRef = null));
        yield return Situations.Of();
        yield return Situations.Of() with { DesiredImage = null, ImageObstacle = NoImage };
        yield return Situations.Of() with { ImageObstacle = new(Reasons.ImageFileMissing, "The provisioner does not have debian-12.qcow2 yet.", NeedsPerson: false) };
    }

    private static IEnumerable<CaptureRequest?> Captures() => [null, Situations.Capture, Situations.Capture with { IsFinished = true }];

    private static IEnumerable<(string? Asked, string? Handled, string? ReloadAsked, string? ReloadHandled)> Tokens() =>
        from reset in new[] { (null, null), ("t2", "t1"), ("t1", "t1") }
        from reload in new[] { (null, null), ("r2", "r1"), ("r1", (string?)"r1") }
        select ((string?)reset.Item1, (string?)reset.Item2, (string?)reload.Item1, reload.Item2);

    private static NodeSituation Machine((string Name, Observation? Observation, LoadedImage? Loaded, bool HasSystem) machine, PowerReading reading)
    {
        var situation = Situations.Of(
            Situations.Spec(spec => spec.OperatingSystem.Type = machine.HasSystem ? OperatingSystemType.Linux : OperatingSystemType.None),
            new() { LoadedImage = machine.Loaded });
        return situation with { Observation = machine.Observation is { } observation ? observation with { Power = reading } : null };
    }

    public static NodeSituation WithSpec(NodeSituation situation, Action<NodeSpec> change)
    {
        var old = situation.Node.Spec;
        var spec = new NodeSpec
        {
            ProvisionerRef = old.ProvisionerRef,
            MachineName = old.MachineName,
            ImageRef = old.ImageRef,
            PowerState = old.PowerState,
            PowerResetToken = old.PowerResetToken,
            ReloadToken = old.ReloadToken,
            ManagementPolicy = old.ManagementPolicy,
            DeletionPolicy = old.DeletionPolicy,
            ChangePolicy = old.ChangePolicy,
            ApprovedPlan = old.ApprovedPlan,
            OperatingSystem = old.OperatingSystem,
        };
        change(spec);
        return situation with { Node = new() { Metadata = situation.Node.Metadata, Spec = spec, Status = situation.Node.Status } };
    }

    private static NodeSituation WithTokens(NodeSituation situation, (string? Asked, string? Handled, string? ReloadAsked, string? ReloadHandled) tokens) => Situations.With(
        WithSpec(situation, spec => (spec.PowerResetToken, spec.ReloadToken) = (tokens.Asked, tokens.ReloadAsked)),
        situation.Status with { HandledPowerResetToken = tokens.Handled, HandledReloadToken = tokens.ReloadHandled });

    /// <summary>Puts a retry on record for whatever would begin without one, so that it concerns the very goal.</summary>
    private static NodeSituation WithRetry(NodeSituation situation, RetryCase retry)
    {
        if (retry == RetryCase.None || NodeDecider.Decide(situation with { Supported = Situations.Everything }) is not NodeDecision.Begin begin)
            return situation;

        var status = new RetryStatus { Goal = begin.Goal, Attempt = 1, Reason = Reasons.CommandFailed, Message = "The command failed; its log is on the host.", NextTime = Situations.Now.AddMinutes(2) };
        return Situations.With(situation, situation.Status with
        {
            Retry = retry switch
            {
                RetryCase.Waiting => status,
                RetryCase.Due => status with { NextTime = Situations.Now.AddMinutes(-1) },
                RetryCase.Exhausted => status with { Attempt = 5, DestructiveAttempts = 5, NextTime = Situations.Now.AddMinutes(-1) },
                RetryCase.Untouched => status with { Attempt = 50, DestructiveAttempts = 4, NextTime = Situations.Now.AddMinutes(-1) },
                RetryCase.NeedsPerson => status with { NeedsPerson = true },
                RetryCase.NeverAgain => status with { NextTime = null },
                _ => new() { Goal = begin.Goal },
            },
        });
    }

    private static NodeSituation WithApproval(NodeSituation situation, ApprovalCase approval)
    {
        var waiting = WithSpec(situation, spec => spec.ChangePolicy = ChangePolicy.Approve);
        return approval switch
        {
            ApprovalCase.Given when NodeDecider.Decide(waiting) is NodeDecision.Stall { Plan: { } plan } => WithSpec(waiting, spec => spec.ApprovedPlan = plan.Id),
            ApprovalCase.Other => WithSpec(waiting, spec => spec.ApprovedPlan = "load-ffffffffffffffff"),
            _ => waiting,
        };
    }

    private static NodeSituation WithOperation(NodeSituation situation, OperationKind kind, OperationPhase phase, ClockCase clock)
    {
        var operation = Situations.Operation(kind, phase);
        return Situations.With(situation, situation.Status with
        {
            Operation = clock switch
            {
                ClockCase.NoProgress => operation with { LastProgressTime = Situations.Now.AddHours(-1) },
                ClockCase.Deadline => operation with { DeadlineTime = Situations.Now },
                _ => operation,
            },
        });
    }

    private static NodeSituation Delete(NodeSituation situation, (DeletionPolicy Policy, ManagementPolicy Management, bool HasFinalizer, TimeSpan Ago, bool Provisioned) request)
    {
        var changed = WithSpec(situation, spec => (spec.DeletionPolicy, spec.ManagementPolicy) = (request.Policy, request.Management));
        changed.Node.Metadata = new()
        {
            Name = "n1",
            Namespace = "default",
            Generation = 4,
            DeletionTimestamp = Situations.Now - request.Ago,
            Finalizers = request.HasFinalizer ? [ApiGroup.Finalizer] : [],
        };
        return request.Provisioned ? changed : changed with { Provisioner = null };
    }

    private enum RetryCase
    {
        None,
        Begun,
        Waiting,
        Due,
        Exhausted,
        Untouched,
        NeedsPerson,
        NeverAgain,
    }

    private enum ApprovalCase
    {
        None,
        Given,
        Other,
    }

    private enum ClockCase
    {
        InTime,
        NoProgress,
        Deadline,
    }
}

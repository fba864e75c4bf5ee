using System.Collections.Concurrent;
using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Meta;
using Provisioning.Api.Provisioners;
using Provisioning.Core.Decisions;
using Provisioning.Core.Status;
using Provisioning.Engines;
using Provisioning.Kubernetes;
using Provisioning.Kubernetes.Controllers;
using Provisioning.Operator.Engines;
using Provisioning.Operator.Hosting;
using Provisioning.Operator.Status;

namespace Provisioning.Operator.Provisioners;

/// <summary>Looks at the endpoints of Provisioners and shows whether they can be used, and what they can do.</summary>
internal sealed class ProvisionerController(
    EngineRegistry engines,
    StatusWriter<Provisioner, ProvisionerSpec, ProvisionerStatus> writer,
    GoneProvisioners gone,
    TimeProvider time,
    Random random) : IEntityController<Provisioner>
{
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ObstacleInterval = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(1);

    // By Provisioner: the settings and login that were refused last.
    private readonly ConcurrentDictionary<NamespacedName, string> _refused = new();

    /// <inheritdoc/>
    public async Task<ReconciliationResult> ReconcileAsync(Provisioner entity, CancellationToken cancellationToken)
    {
        if (entity.Metadata.DeletionTimestamp is not null)
            return ReconciliationResult.Done;

        gone.Forget(NamespacedName.Of(entity));
        var (lease, obstacle) = await engines.AcquireAsync(entity, cancellationToken);
        if (lease is null)
        {
            // What the spec itself says changes with the spec alone.
            var status = Compose(entity, obstacle!) with { Retry = obstacle!.Reason is Reasons.InvalidSpec or Reasons.NotSupported ? null : NextTry(entity) };
            await writer.WriteAsync(entity, status, cancellationToken);
            return status.Retry is null ? ReconciliationResult.Done : ReconciliationResult.After(SoonerForSecret(status.Retry));
        }

        await using (lease)
        {
            // The Secret is read often, but the same login is not tried more often than told.
            if (_refused.TryGetValue(NamespacedName.Of(entity), out var refused) && refused == lease.Version && entity.Status?.Retry is { } told && Attempts.IsAhead(told.NextTime, time.GetUtcNow()))
                return ReconciliationResult.After(SoonerForSecret(told));

            var report = await ProbeAsync(lease.Engine, cancellationToken);
            Remember(entity, lease, report);
            var probed = Compose(entity, lease.Engine.Capabilities, report) with { Retry = report.Reachable.IsYes ? null : NextTry(entity) };
            await writer.WriteAsync(entity, probed, cancellationToken);
            if (probed.Retry is not { } retry)
                return ReconciliationResult.After(TimeSpan.FromSeconds(entity.Spec.Timeouts.ObserveSeconds));
            return ReconciliationResult.After(report.CredentialsAccepted.IsNo ? SoonerForSecret(retry) : Until(retry));
        }
    }

    /// <inheritdoc/>
    public Task OnGoneAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        _refused.TryRemove(key, out _);
        gone.Tell(key);
        return engines.ForgetAsync(key);
    }

    private async Task<EngineReport> ProbeAsync(IProvisioningEngine engine, CancellationToken cancellationToken)
    {
        try
        {
            return await time.WithinAsync(ProbeTimeout, engine.ProbeAsync, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return new(Fact.Unknown(Reasons.HostUnreachable, exception.Message), Fact.Unknown(Reasons.NotProbed), null, null);
        }
    }

    private void Remember(Provisioner entity, EngineLease lease, EngineReport report)
    {
        if (report.CredentialsAccepted.IsNo)
            _refused[NamespacedName.Of(entity)] = lease.Version;
        else
            _refused.TryRemove(NamespacedName.Of(entity), out _);
    }

    /// <summary>Another spec is another endpoint: what failed before says nothing of it.</summary>
    private AttemptStatus NextTry(Provisioner entity) =>
        Attempts.Next(entity.Status is { } status && status.ObservedGeneration == (entity.Metadata.Generation ?? 0) ? status.Retry : null, time.GetUtcNow(), random.NextDouble());

    /// <summary>Where a login is what is wrong, its Secret is read again often: nothing else tells that it was mended.</summary>
    private TimeSpan SoonerForSecret(AttemptStatus retry) => Until(retry) is var left && left < ObstacleInterval ? left : ObstacleInterval;

    private TimeSpan Until(AttemptStatus retry) => retry.NextTime - time.GetUtcNow() is var left && left > ShortestWait ? left : ShortestWait;

    private ProvisionerStatus Compose(Provisioner entity, Obstacle obstacle)
    {
        var set = NewSet(entity).Set(ConditionTypes.Ready, ConditionStatus.False, obstacle.Reason, obstacle.Message);
        set.Set(obstacle.NeedsPerson ? ConditionTypes.Stalled : ConditionTypes.Reconciling, ConditionStatus.True, obstacle.Reason, obstacle.Message);
        return (entity.Status ?? new()) with { ObservedGeneration = entity.Metadata.Generation ?? 0, Conditions = set.Conditions };
    }

    private ProvisionerStatus Compose(Provisioner entity, EngineCapabilities capabilities, EngineReport report)
    {
        var set = NewSet(entity);
        var reachable = report.Reachable;
        var message = reachable.Detail ?? (reachable.IsYes ? "The engine answers." : "The engine gives no answer.");
        var reason = reachable.Reason ?? (reachable.IsYes ? Reasons.EngineAvailable : Reasons.HostUnreachable);
        if (reachable.IsYes)
            set.Set(ConditionTypes.Ready, ConditionStatus.True, reason, message);
        else
            set.Set(ConditionTypes.Ready, ConditionStatus.False, reason, message)
                .Set(NeedsPerson(reason, reachable) ? ConditionTypes.Stalled : ConditionTypes.Reconciling, ConditionStatus.True, reason, message);

        set.Set(ConditionTypes.Reachable, reachable.IsYes ? ConditionStatus.True : ConditionStatus.False, reason, message);
        var accepted = report.CredentialsAccepted;
        set.Set(
            ConditionTypes.CredentialsValid,
            accepted.Value switch { FactValue.Yes => ConditionStatus.True, FactValue.No => ConditionStatus.False, _ => ConditionStatus.Unknown },
            accepted.Reason ?? (accepted.IsYes ? Reasons.CredentialsAccepted : Reasons.CredentialsRefused),
            accepted.Detail ?? (accepted.IsYes ? "The login was accepted." : accepted.IsNo ? "The login was refused." : "The login was not tried."));
        return (entity.Status ?? new()) with
        {
            ObservedGeneration = entity.Metadata.Generation ?? 0,
            Conditions = set.Conditions,
            Type = entity.Status?.Type ?? entity.Spec.Type,
            Endpoint = Cut(report.Endpoint, 300),
            Version = Cut(report.Version, 128) ?? entity.Status?.Version,
            Capabilities = [.. Enum.GetValues<EngineCapabilities>().Where(flag => flag != EngineCapabilities.None && capabilities.HasFlag(flag)).Select(flag => flag.ToString())],
        };
    }

    private static string? Cut(string? text, int length) => text is null ? null : BoundedText.Cut(text, length);

    /// <summary>Waiting helps only where the endpoint may come back by itself.</summary>
    private static bool NeedsPerson(string reason, Fact reachable) =>
        reachable.IsNo || reason is Reasons.HostKeyMismatch or Reasons.HostKeyUnknown or Reasons.CredentialsRefused or Reasons.SecretInvalid;

    private ConditionSet NewSet(Provisioner entity) => new(entity.Status?.Conditions ?? [], entity.Metadata.Generation ?? 0, time.GetUtcNow());
}

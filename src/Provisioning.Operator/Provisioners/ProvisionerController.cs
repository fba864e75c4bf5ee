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
    TimeProvider time,
    Random random) : IEntityController<Provisioner>
{
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ObstacleInterval = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<NamespacedName, int> _failures = new();

    /// <inheritdoc/>
    public async Task<ReconciliationResult> ReconcileAsync(Provisioner entity, CancellationToken cancellationToken)
    {
        if (entity.Metadata.DeletionTimestamp is not null)
            return ReconciliationResult.Done;

        var (lease, obstacle) = await engines.AcquireAsync(entity, cancellationToken);
        if (lease is null)
        {
            await writer.WriteAsync(entity, Compose(entity, obstacle!), cancellationToken);
            return ReconciliationResult.After(ObstacleInterval);
        }

        await using (lease)
        {
            var report = await ProbeAsync(lease.Engine, cancellationToken);
            await writer.WriteAsync(entity, Compose(entity, lease.Engine.Capabilities, report), cancellationToken);
            return ReconciliationResult.After(NextProbe(entity, report));
        }
    }

    /// <inheritdoc/>
    public Task OnGoneAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        _failures.TryRemove(key, out _);
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

    private TimeSpan NextProbe(Provisioner entity, EngineReport report)
    {
        var key = new NamespacedName(entity.Metadata.Namespace ?? "", entity.Metadata.Name);
        if (report.Reachable.IsYes)
        {
            _failures.TryRemove(key, out _);
            return TimeSpan.FromSeconds(entity.Spec.Timeouts.ObserveSeconds);
        }

        // Where a login is what is wrong, its Secret is read again often: nothing else tells that it was mended.
        return report.CredentialsAccepted.IsNo
            ? ObstacleInterval
            : Backoff.After(_failures.AddOrUpdate(key, 1, (_, failures) => failures + 1), random.NextDouble());
    }

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

using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Provisioning.Kubernetes.Caching;
using Provisioning.Kubernetes.Controllers;

namespace Provisioning.Kubernetes.Hosting;

/// <summary>Whether all loops move. What a restart does not repair, such as an API server that is away, does not fail it.</summary>
internal sealed class LivenessCheck(
    IEnumerable<IResourceReflector> reflectors, IEnumerable<IControllerLoop> controllers, OperatorState state, IOptions<OperatorOptions> options, TimeProvider time)
    : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(Problem() is { } problem ? HealthCheckResult.Unhealthy(problem) : HealthCheckResult.Healthy());

    private string? Problem()
    {
        if (state.Failure is { } failure)
            return $"The operator has failed: {failure.Message}";
        var now = time.GetUtcNow();
        if (reflectors.FirstOrDefault(reflector => now - reflector.LastActivity > reflector.LongestSilence * 2) is { } silent)
            return $"The cache of {silent.Resource} has not moved since {silent.LastActivity:O}.";
        return controllers.FirstOrDefault(controller => controller.LongestReconcile > options.Value.StuckAfter) is { } stuck
            ? $"A reconcile of the controller {stuck.Name} has taken {stuck.LongestReconcile}, more than {options.Value.StuckAfter}."
            : null;
    }
}

/// <summary>Whether the caches are synced. Not whether this instance leads: a standby is ready to.</summary>
internal sealed class ReadinessCheck(OperatorState state) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(state.AreCachesSynced ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("The caches are not synced yet."));
}

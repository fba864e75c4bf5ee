namespace Provisioning.Kubernetes.Controllers;

/// <summary>What a reconcile asks for. A failure is not a result but an exception: it is retried with growing delays.</summary>
public readonly record struct ReconciliationResult
{
    /// <summary>Nothing to do until something changes.</summary>
    public static ReconciliationResult Done => default;

    /// <summary>When to look again; null if only when something changes.</summary>
    public TimeSpan? RequeueAfter { get; private init; }

    /// <summary>Look again after a time, or earlier if something changes. The time is varied by up to a tenth, so that objects do not march in step.</summary>
    /// <param name="delay">The time; must be more than zero.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time is zero or less.</exception>
    public static ReconciliationResult After(TimeSpan delay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(delay, TimeSpan.Zero);
        return new ReconciliationResult { RequeueAfter = delay };
    }
}

namespace Provisioning.Kubernetes.LeaderElection;

/// <summary>How several instances agree on the one that works. The times are those of every Kubernetes controller.</summary>
public sealed class LeaderElectionOptions
{
    /// <summary>Share by which waits between attempts are lengthened at most, so that candidates do not march in step.</summary>
    internal const double Jitter = 1.2;

    /// <summary>Name of the Lease object.</summary>
    public string LeaseName { get; set; } = "";

    /// <summary>Namespace of the Lease object: the operator's own.</summary>
    public string LeaseNamespace { get; set; } = "";

    /// <summary>
    /// How long candidates wait after the last sign of the leader before one takes over. Default 15 s. It must be longer than
    /// <see cref="RenewDeadline"/>: the difference is what clocks may run apart in that time.
    /// </summary>
    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long after its last successful renewal a leader stops to be one. Default 10 s.</summary>
    public TimeSpan RenewDeadline { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Pause between attempts to acquire or to renew. Default 2 s.</summary>
    public TimeSpan RetryPeriod { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// A standby looks more often than a leader renews: it counts the lease from when it saw the last renewal, so that a crash is healed after the lease duration and one such pause, an orderly end
    /// after one such pause. With the default times that is 15.6 s and 0.6 s, for two small reads a second.
    /// </summary>
    internal TimeSpan StandbyPeriod => RetryPeriod / 4;

    /// <summary>A single request gets a third of the deadline, so that one that hangs leaves room for others.</summary>
    internal TimeSpan RequestTimeout => RenewDeadline / 3;

    /// <summary>What is wrong with the options, one sentence each.</summary>
    internal IEnumerable<string> Problems()
    {
        if (LeaseName.Length == 0)
            yield return "The name of the leader election Lease is empty; set LeaseName.";
        if (LeaseNamespace.Length == 0)
            yield return "The namespace of the leader election Lease is empty; set LeaseNamespace to the operator's own namespace.";
        if (LeaseDuration < TimeSpan.FromSeconds(1) || LeaseDuration.Ticks % TimeSpan.TicksPerSecond != 0)
            yield return $"The lease duration is {LeaseDuration} but must be whole seconds, at least one: the Lease object holds nothing finer.";
        if (RetryPeriod <= TimeSpan.Zero)
            yield return $"The retry period is {RetryPeriod} but must be more than zero.";
        if (RenewDeadline <= RetryPeriod * Jitter)
            yield return $"The renew deadline is {RenewDeadline} but must be more than {Jitter} times the retry period of {RetryPeriod}.";
        if (LeaseDuration <= RenewDeadline)
            yield return $"The lease duration is {LeaseDuration} but must be more than the renew deadline of {RenewDeadline}, or two could lead at once.";
    }
}

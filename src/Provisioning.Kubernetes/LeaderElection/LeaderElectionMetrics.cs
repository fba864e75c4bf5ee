using System.Diagnostics.Metrics;
using Provisioning.Kubernetes.Queueing;

namespace Provisioning.Kubernetes.LeaderElection;

/// <summary>Metrics of the leader election, by the names of client-go.</summary>
internal sealed class LeaderElectionMetrics
{
    private readonly UpDownCounter<long> _master;
    private readonly Counter<long> _slowPath;

    public LeaderElectionMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(RuntimeMeter.Name);
        _master = meter.CreateUpDownCounter<long>("leader_election_master_status", description: "1 while this instance leads.");
        _slowPath = meter.CreateCounter<long>("leader_election_slowpath_total", description: "Renewals that needed more than one request.");
    }

    /// <summary>0 until it leads, so that a lease which nobody holds can be told from an instance that does not run.</summary>
    public void StandingBy(string lease)
    {
        _master.Add(0, new KeyValuePair<string, object?>("name", lease));
        _slowPath.Add(0, new KeyValuePair<string, object?>("name", lease));
    }

    public void BecameLeader(string lease) => _master.Add(1, new KeyValuePair<string, object?>("name", lease));

    public void StoppedLeading(string lease) => _master.Add(-1, new KeyValuePair<string, object?>("name", lease));

    public void TookSlowPath(string lease) => _slowPath.Add(1, new KeyValuePair<string, object?>("name", lease));
}

namespace Provisioning.Kubernetes.LeaderElection;

/// <summary>The leadership was lost. The process must end: whoever leads next must not find an old leader at work.</summary>
internal sealed class LeadershipLostException()
    : Exception("The leadership is lost: the Lease could not be renewed in time, or someone else holds it. The process ends; started anew it stands by.");

using System.Net;
using Provisioning.Api.Meta;
using Provisioning.Kubernetes.Rest;
using Provisioning.Kubernetes.Rest.BuiltIn;

namespace Provisioning.Kubernetes.Tests.LeaderElection;

/// <summary>One Lease with the rules of an API server: reads see the last write, a write needs the current version.</summary>
internal sealed class SimulatedLeaseServer
{
    private Lease? _lease;
    private long _version;

    public Lease? Get() => _lease is null ? null : Copy(_lease);

    public Lease Create(Lease lease)
    {
        if (_lease is not null)
            throw new KubernetesApiException(HttpStatusCode.Conflict, "AlreadyExists", "It exists.");
        return Store(lease);
    }

    public Lease Replace(Lease lease)
    {
        if (_lease is null)
            throw new KubernetesApiException(HttpStatusCode.NotFound, "NotFound", "It does not exist.");
        if (lease.Metadata.ResourceVersion != _lease.Metadata.ResourceVersion)
            throw new KubernetesApiException(HttpStatusCode.Conflict, "Conflict", "It was changed.");
        return Store(lease);
    }

    public void Delete() => _lease = null;

    private Lease Store(Lease lease)
    {
        _lease = Copy(lease);
        _lease.Metadata.ResourceVersion = $"{++_version}";
        return Copy(_lease);
    }

    private static Lease Copy(Lease lease) => new()
    {
        Metadata = new ObjectMeta { Name = lease.Metadata.Name, Namespace = lease.Metadata.Namespace, ResourceVersion = lease.Metadata.ResourceVersion },
        Spec = new LeaseSpec
        {
            HolderIdentity = lease.Spec!.HolderIdentity,
            LeaseDurationSeconds = lease.Spec.LeaseDurationSeconds,
            AcquireTime = lease.Spec.AcquireTime,
            RenewTime = lease.Spec.RenewTime,
            LeaseTransitions = lease.Spec.LeaseTransitions,
        },
    };
}

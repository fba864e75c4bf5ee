using Provisioning.Api.Meta;
using Provisioning.Kubernetes.Rest.BuiltIn;

namespace Provisioning.Kubernetes.LeaderElection;

/// <summary>What a candidate writes into the Lease.</summary>
internal static class LeaseRecord
{
    /// <summary>The Lease as this candidate holds it from now on.</summary>
    /// <param name="current">The Lease as last seen; null if there is none.</param>
    /// <param name="name">Name and namespace of the Lease.</param>
    /// <param name="identity">The candidate.</param>
    /// <param name="duration">Lease duration.</param>
    /// <param name="now">Wall-clock time: for people; no decision is taken on it.</param>
    public static Lease Held(Lease? current, NamespacedName name, string identity, TimeSpan duration, DateTimeOffset now)
    {
        var isMine = current?.Spec?.HolderIdentity == identity;
        var transitions = current?.Spec?.LeaseTransitions ?? 0;
        return Write(current, name, new LeaseSpec
        {
            HolderIdentity = identity,
            LeaseDurationSeconds = (int)duration.TotalSeconds,
            AcquireTime = isMine ? current!.Spec!.AcquireTime : now,
            RenewTime = now,
            // A number beyond the largest is below zero: the API server would refuse it each time, and nobody could ever take the Lease.
            LeaseTransitions = isMine || current is null || transitions == int.MaxValue ? transitions : transitions + 1,
        });
    }

    /// <summary>The Lease as nobody holds it: the next candidate takes it without waiting.</summary>
    public static Lease Released(Lease current, NamespacedName name, DateTimeOffset now) => Write(current, name, new LeaseSpec
    {
        HolderIdentity = "",
        LeaseDurationSeconds = 1,
        AcquireTime = now,
        RenewTime = now,
        LeaseTransitions = current.Spec?.LeaseTransitions,
    });

    private static Lease Write(Lease? current, NamespacedName name, LeaseSpec spec) => new()
    {
        // The metadata goes back as it was read, resourceVersion included: only who saw the last state may change it.
        Metadata = current?.Metadata ?? new ObjectMeta { Name = name.Name, Namespace = name.Namespace },
        Spec = spec,
    };
}

using Provisioning.Kubernetes.Rest;
using Provisioning.Kubernetes.Rest.BuiltIn;

namespace Provisioning.Kubernetes.LeaderElection;

/// <summary>
/// One candidate's dealings with the Lease, one request at a time. Whether another holder's lease is over is judged by this process's monotonic clock
/// from the moment at which the Lease was last seen to change: the times in it come from a clock that is not ours.
/// </summary>
internal sealed class LeaseClaim(
    IResourceClient<Lease> leases,
    LeaderElectionOptions options,
    string identity,
    TimeProvider time,
    LeaderElectionMetrics metrics)
{
    private const int MostReleases = 3;

    private readonly NamespacedName _name = new(options.LeaseNamespace, options.LeaseName);
    private Lease? _seen;
    private long _seenAt;

    /// <summary>Who held the Lease when it was last seen.</summary>
    public string? Holder => _seen?.Spec?.HolderIdentity;

    /// <summary>Whether the Lease was ever seen with another holder, or given back by one.</summary>
    public bool HasPredecessor { get; private set; }

    /// <summary>How long the Lease is still held by someone else, unless renewed; zero or less if it can be taken.</summary>
    public TimeSpan FreeIn
    {
        get
        {
            if (_seen is not { } lease || string.IsNullOrEmpty(Holder) || Holder == identity)
                return TimeSpan.Zero;

            // The holder's own promise counts: it may run with other options.
            var duration = lease.Spec?.LeaseDurationSeconds is > 0 and var seconds ? TimeSpan.FromSeconds(seconds) : options.LeaseDuration;
            return duration - time.GetElapsedTime(_seenAt);
        }
    }

    /// <summary>Acquires or renews.</summary>
    /// <returns>
    /// The timestamp at which the request that succeeded was sent; null if someone else holds the Lease. Time of sending, since the server may have
    /// taken the write then, and other candidates count from there.
    /// </returns>
    /// <exception cref="Exception">The API server could not be asked; the Lease may or may not have been written.</exception>
    public async Task<long?> TryHoldAsync(CancellationToken cancellationToken)
    {
        if (_seen is { } mine && Holder == identity)
        {
            // A renewal is one request in the common case. After a lost reply its version is out of date: then look.
            if (await TryWriteAsync(mine, cancellationToken) is { } renewed)
                return renewed;
            metrics.TookSlowPath(options.LeaseName);
        }

        var current = await SendAsync(token => leases.GetAsync(_name, token), cancellationToken);
        HasPredecessor |= current is not null && current.Spec?.HolderIdentity != identity;
        if (current is not null && current.Metadata.ResourceVersion != _seen?.Metadata.ResourceVersion)
            (_seen, _seenAt) = (current, time.GetTimestamp());

        // A Lease that someone deleted is still held for the rest of its time: its leader does not know yet.
        return FreeIn <= TimeSpan.Zero ? await TryWriteAsync(current, cancellationToken) : null;
    }

    /// <summary>
    /// Gives the Lease back, if it is still ours. A renewal of ours that was cancelled may still be on its way and arrive between the look and the write; then it is looked again. Only such
    /// renewals can be in the way, so a few attempts suffice.
    /// </summary>
    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var current = await SendAsync(token => leases.GetAsync(_name, token), cancellationToken);
            if (current?.Spec?.HolderIdentity != identity)
                return;
            try
            {
                await SendAsync(token => leases.ReplaceAsync(LeaseRecord.Released(current, _name, time.GetUtcNow()), token), cancellationToken);
                return;
            }
            catch (KubernetesApiException conflict) when (conflict.IsConflict && attempt < MostReleases)
            {
            }
        }
    }

    private async Task<long?> TryWriteAsync(Lease? current, CancellationToken cancellationToken)
    {
        var held = LeaseRecord.Held(current, _name, identity, options.LeaseDuration, time.GetUtcNow());
        var sentAt = time.GetTimestamp();
        try
        {
            _seen = await SendAsync(
                token => current is null ? leases.CreateAsync(held, token) : leases.ReplaceAsync(held, token), cancellationToken);
            _seenAt = time.GetTimestamp();
            return sentAt;
        }
        catch (KubernetesApiException refusal) when (current is null ? refusal.IsAlreadyExists : refusal.IsConflict || refusal.IsNotFound)
        {
            return null;
        }
    }

    /// <summary>Ends at the deadline also if the request does not: it is left behind then, and its resourceVersion keeps it from doing harm.</summary>
    private async Task<TResult> SendAsync<TResult>(Func<CancellationToken, Task<TResult>> request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var timeout = new CancellationTokenSource(options.RequestTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await request(either.Token).WaitAsync(either.Token);
        }
        catch (OperationCanceledException cancelled) when (!cancellationToken.IsCancellationRequested && timeout.IsCancellationRequested)
        {
            throw new TimeoutException($"The API server did not answer about Lease {_name} within {options.RequestTimeout}.", cancelled);
        }
    }
}

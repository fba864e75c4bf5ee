using Microsoft.Extensions.Logging;
using Provisioning.Kubernetes.Rest;
using Provisioning.Kubernetes.Rest.BuiltIn;

namespace Provisioning.Kubernetes.LeaderElection;

/// <summary>
/// Waits for the leadership. An instance leads once at most: after a loss the process ends, so that nothing of the old leadership lives on beside a new one.
/// </summary>
/// <param name="leases">The API.</param>
/// <param name="options">Valid options.</param>
/// <param name="identity">Unique to this process, also against an earlier one of the same pod.</param>
/// <param name="time">Clock.</param>
/// <param name="random">Numbers in [0, 1).</param>
/// <param name="metrics">Metrics.</param>
/// <param name="logger">Logger.</param>
internal sealed partial class LeaderElector(
    IResourceClient<Lease> leases,
    LeaderElectionOptions options,
    string identity,
    TimeProvider time,
    Func<double> random,
    LeaderElectionMetrics metrics,
    ILogger logger)
{
    /// <summary>Returns when this instance leads. Failures of the API server are retried for ever.</summary>
    public async Task<ILeadership> AcquireAsync(CancellationToken cancellationToken)
    {
        var claim = new LeaseClaim(leases, options, identity, time, metrics);
        string? lastHolder = null;
        metrics.StandingBy(options.LeaseName);
        while (true)
        {
            try
            {
                if (await claim.TryHoldAsync(cancellationToken) is { } sentAt)
                {
                    LogLeading(identity, options.LeaseNamespace, options.LeaseName);
                    return new Leadership(claim, sentAt, options, time, random, metrics, logger);
                }

                if (claim.Holder != lastHolder)
                    LogWaiting(options.LeaseNamespace, options.LeaseName, lastHolder = claim.Holder);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // Our own request may have been taken although it was cancelled: then the others need not wait for its end.
                await TryReleaseAsync(claim);
                throw;
            }
            catch (Exception exception)
            {
                LogAcquireFailed(exception, options.LeaseNamespace, options.LeaseName, options.RetryPeriod);
            }

            // A Lease that runs out before the next attempt is taken when it does: a crash is healed that much sooner.
            var pause = Vary(options.StandbyPeriod, random());
            await Task.Delay(claim.FreeIn > TimeSpan.Zero && claim.FreeIn < pause ? claim.FreeIn : pause, time, cancellationToken);
        }
    }

    /// <summary>A wait lengthened by up to the jitter.</summary>
    public static TimeSpan Vary(TimeSpan period, double random) => period * (1 + ((LeaderElectionOptions.Jitter - 1) * random));

    private async Task TryReleaseAsync(LeaseClaim claim)
    {
        try
        {
            await claim.ReleaseAsync(CancellationToken.None);
        }
        catch (Exception exception)
        {
            LogAcquireFailed(exception, options.LeaseNamespace, options.LeaseName, options.RetryPeriod);
        }
    }

    [LoggerMessage(210, LogLevel.Information, "{Identity} leads now, by Lease {Namespace}/{Name}.")]
    private partial void LogLeading(string identity, string @namespace, string name);

    [LoggerMessage(211, LogLevel.Information, "Lease {Namespace}/{Name} is held by {Holder}; this instance stands by.")]
    private partial void LogWaiting(string @namespace, string name, string? holder);

    [LoggerMessage(212, LogLevel.Warning, "Lease {Namespace}/{Name} could not be read or written; the next attempt is in {RetryPeriod}.")]
    private partial void LogAcquireFailed(Exception exception, string @namespace, string name, TimeSpan retryPeriod);
}

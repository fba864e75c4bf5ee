using Microsoft.Extensions.Logging;

namespace Provisioning.Kubernetes.LeaderElection;

/// <summary>
/// A leadership and its renewal. It ends <see cref="LeaderElectionOptions.RenewDeadline"/> after the last renewal that succeeded was sent: by a timer, so
/// that no request that hangs can stretch it.
/// </summary>
internal sealed partial class Leadership : ILeadership
{
    private readonly LeaseClaim _claim;
    private readonly LeaderElectionOptions _options;
    private readonly TimeProvider _time;
    private readonly Func<double> _random;
    private readonly LeaderElectionMetrics _metrics;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _lost;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _renewing;
    private long _renewedAt;

    public Leadership(
        LeaseClaim claim, long acquiredAt, LeaderElectionOptions options, TimeProvider time, Func<double> random, LeaderElectionMetrics metrics, ILogger logger)
    {
        _claim = claim;
        _options = options;
        _time = time;
        _random = random;
        _metrics = metrics;
        _logger = logger;
        _lost = new CancellationTokenSource(options.RenewDeadline, time);
        Lost = _lost.Token;
        _metrics.BecameLeader(_options.LeaseName);
        Lost.UnsafeRegister(static state => ((Leadership)state!)._metrics.StoppedLeading(((Leadership)state)._options.LeaseName), this);
        Extend(acquiredAt);
        _renewing = RenewAsync();
    }

    /// <inheritdoc/>
    public bool IsHeld => !Lost.IsCancellationRequested && _time.GetElapsedTime(Interlocked.Read(ref _renewedAt)) < _options.RenewDeadline;

    /// <inheritdoc/>
    public bool HasPredecessor => _claim.HasPredecessor;

    /// <inheritdoc/>
    public CancellationToken Lost { get; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        End(_stop);
        await _renewing;
        if (IsHeld)
        {
            End(_lost);
            await ReleaseAsync();
        }

        _stop.Dispose();
        _lost.Dispose();
    }

    private async Task ReleaseAsync()
    {
        try
        {
            await _claim.ReleaseAsync(CancellationToken.None);
            LogReleased(_options.LeaseNamespace, _options.LeaseName);
        }
        catch (Exception exception)
        {
            LogNotReleased(exception, _options.LeaseNamespace, _options.LeaseName, _options.LeaseDuration);
        }
    }

    private async Task RenewAsync()
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(Lost, _stop.Token);
        while (!either.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(LeaderElector.Vary(_options.RetryPeriod, _random()), _time, either.Token);
                if (await _claim.TryHoldAsync(either.Token) is { } sentAt)
                {
                    Extend(sentAt);
                    continue;
                }

                LogTaken(_options.LeaseNamespace, _options.LeaseName, _claim.Holder);
                End(_lost);
            }
            catch (OperationCanceledException) when (either.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                LogRenewalFailed(exception, _options.RenewDeadline - _time.GetElapsedTime(_renewedAt));
            }
        }
    }

    /// <summary>At once, in this thread: CancelAsync would tell those who act only when the thread pool finds time.</summary>
    private static void End(CancellationTokenSource source) => source.Cancel();

    private void Extend(long sentAt)
    {
        var left = _options.RenewDeadline - _time.GetElapsedTime(sentAt);
        if (left <= TimeSpan.Zero)
        {
            End(_lost);
            return;
        }

        Interlocked.Exchange(ref _renewedAt, sentAt);
        _lost.CancelAfter(left);
    }

    [LoggerMessage(201, LogLevel.Warning, "The leadership could not be renewed; it ends in {Left} unless a renewal succeeds.")]
    private partial void LogRenewalFailed(Exception exception, TimeSpan left);

    [LoggerMessage(202, LogLevel.Warning, "Lease {Namespace}/{Name} is now held by {Holder}.")]
    private partial void LogTaken(string @namespace, string name, string? holder);

    [LoggerMessage(203, LogLevel.Debug, "Lease {Namespace}/{Name} is given back.")]
    private partial void LogReleased(string @namespace, string name);

    [LoggerMessage(204, LogLevel.Warning, "Lease {Namespace}/{Name} could not be given back; another instance takes over {LeaseDuration} after the last renewal.")]
    private partial void LogNotReleased(Exception exception, string @namespace, string name, TimeSpan leaseDuration);
}

using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Provisioning.Kubernetes.LeaderElection;
using Provisioning.Kubernetes.Tests.Queueing;

namespace Provisioning.Kubernetes.Tests.LeaderElection;

public sealed class LeaderElectionOptionsTests
{
    [Fact]
    public void The_defaults_are_valid_once_the_lease_is_named() => Assert.Empty(SimulatedProcess.Options.Problems());

    [Theory]
    [InlineData(15, 15, 2, "two could lead at once")]
    [InlineData(15, 2.4, 2, "1.2 times the retry period")]
    [InlineData(15, 10, 0, "more than zero")]
    [InlineData(15.5, 10, 2, "whole seconds")]
    public void Times_that_are_not_safe_are_refused_with_the_reason(double lease, double renew, double retry, string reason)
    {
        var options = new LeaderElectionOptions
        {
            LeaseName = "a",
            LeaseNamespace = "b",
            LeaseDuration = TimeSpan.FromSeconds(lease),
            RenewDeadline = TimeSpan.FromSeconds(renew),
            RetryPeriod = TimeSpan.FromSeconds(retry),
        };
        Assert.Contains(options.Problems(), problem => problem.Contains(reason, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_leadership_ends_by_the_clock_even_before_its_timer_fires()
    {
        var time = new PausedTime();
        var world = new SimulatedWorld(new Random(1));
        var options = SimulatedProcess.Options;
        var metrics = new LeaderElectionMetrics(new TestMeters());
        var claim = new LeaseClaim(world.Start(), options, "me", time, metrics);
        var leadership = new Leadership(claim, time.GetTimestamp(), options, time, () => 0, metrics, NullLogger.Instance);
        Assert.True(leadership.IsHeld);
        time.Skipped = options.RenewDeadline;
        Assert.False(leadership.IsHeld);
        Assert.False(leadership.Lost.IsCancellationRequested);
        await leadership.DisposeAsync();
    }

    /// <summary>A clock that goes on while timers do not fire yet, as in a process that has just been resumed.</summary>
    private sealed class PausedTime : FakeTimeProvider
    {
        public TimeSpan Skipped { get; set; }

        public override long GetTimestamp() => base.GetTimestamp() + (long)(Skipped.TotalSeconds * TimestampFrequency);
    }
}

using System.Globalization;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Replicas;

/// <summary>One replica was ended and the other leads. Times are those of the API server's audit log, so that only the wall clock can be compared with them.</summary>
/// <param name="Signal">When the one was told to end, or killed.</param>
/// <param name="Given">Its last write.</param>
/// <param name="Renewed">Its last write of the Lease.</param>
/// <param name="Taken">The other's first.</param>
internal sealed record HandOver(DateTimeOffset Signal, AuditedWrite Given, AuditedWrite Renewed, AuditedWrite Taken)
{
    private static readonly TimeSpan Graceful = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan AfterCrash = TimeSpan.FromSeconds(17);

    public TimeSpan SinceSignal => Taken.Time - Signal;

    public TimeSpan SinceLastWrite => Taken.Time - Given.Time;

    public TimeSpan SinceLastRenewal => Taken.Time - Renewed.Time;

    /// <summary>After an orderly end the other one leads within 3 s.</summary>
    /// <param name="when">What the one was doing.</param>
    public void AssertGraceful(string when)
    {
        HandOverReport.Add($"is told to end (SIGTERM), {when}", this, "under 3 s from the signal");
        Assert.InRange(SinceSignal, TimeSpan.Zero, Graceful);
    }

    /// <summary>After a crash within 17 s; and not before the lease is over, for until then the one might still have been at work.</summary>
    /// <param name="what">What became of the one.</param>
    public void AssertWhenLeaseWasOver(string what)
    {
        HandOverReport.Add(what, this, "under 17 s from the signal, not before 15 s from its last renewal");
        Assert.InRange(SinceSignal, TimeSpan.Zero, AfterCrash);
        Assert.True(SinceLastRenewal >= Lease, $"The other one led {SinceLastRenewal} after the last renewal.");
    }

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{SinceSignal.TotalSeconds:0.00} s from the signal, {SinceLastWrite.TotalSeconds:0.00} s from the last write of the one, {SinceLastRenewal.TotalSeconds:0.00} s from its last renewal to the first write of the other");
}

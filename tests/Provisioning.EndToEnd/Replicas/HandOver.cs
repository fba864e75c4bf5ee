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
    public TimeSpan SinceSignal => Taken.Time - Signal;

    public TimeSpan SinceLastWrite => Taken.Time - Given.Time;

    public TimeSpan SinceLastRenewal => Taken.Time - Renewed.Time;

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{SinceSignal.TotalSeconds:0.00} s from the signal, {SinceLastWrite.TotalSeconds:0.00} s from the last write of the one, {SinceLastRenewal.TotalSeconds:0.00} s from its last renewal to the first write of the other");
}

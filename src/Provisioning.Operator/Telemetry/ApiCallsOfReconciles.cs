using System.Diagnostics;
using OpenTelemetry;

namespace Provisioning.Operator.Telemetry;

/// <summary>Calls to the API server are told as parts of a reconcile only: watches, which last for minutes, and renewals of the lease would be nothing but noise.</summary>
internal sealed class ApiCallsOfReconciles : BaseProcessor<Activity>
{
    /// <inheritdoc/>
    public override void OnStart(Activity data)
    {
        if (data is { Kind: ActivityKind.Client, Parent: null, HasRemoteParent: false })
            data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
    }
}

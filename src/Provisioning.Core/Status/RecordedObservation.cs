using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;

namespace Provisioning.Core.Status;

/// <summary>
/// Reads back from a Node's status what was last seen of its machine, so that a decision can be made from it without another look: what would follow if the spec were another one.
/// </summary>
public static class RecordedObservation
{
    /// <summary>What was seen; null if nothing was, or if an operation has been under way since.</summary>
    /// <param name="node">The Node with the status that was written after the look.</param>
    /// <param name="time">The time that the observation gets.</param>
    /// <param name="readsContents">Whether the engine reads all that is on the machine with every look, so that what it calls the image is the contents.</param>
    public static Observation? Of(Node node, DateTimeOffset time, bool readsContents)
    {
        if (node.Status is not { NodeStatusReport: { } report, Operation: null } status)
            return null;

        var reachable = Find(status, ConditionTypes.Reachable);
        var reason = reachable is { Status: not ConditionStatus.True } ? reachable.Reason : Reasons.NotProbed;
        var detail = reachable?.Message;
        return new()
        {
            Time = time,
            Exists = new(report.Exists, reason, detail),
            Ping = new(report.Ping),
            Ssh = new(report.Ssh, reason, detail),
            Power = Power(status, report, reason),
            EngineState = report.EngineState,
            EngineImage = report.EngineImage,
            ContentsDigest = readsContents ? report.EngineImage : null,
            CurrentImage = CurrentImage(status, report, reason),
            Configured = new(report.Configured, report.Reason),
            Tainted = new(report.Tainted, report.Reason),
            OperatingSystemCheck = report is { Verdict: NodeVerdict.Reload, Reason: Reasons.OperatingSystemCheckFailed } ? Fact.No : Fact.Yes,
            BootId = report.BootId,
        };
    }

    private static PowerReading Power(NodeStatus status, NodeStatusReport report, string reason)
    {
        if (status.Power is PowerValue.On or PowerValue.Off)
            return new(status.Power.Value);
        // Why it could not be read is told by the condition, if power was managed. A machine that SSH alone tells of is as silent as that.
        var matched = Find(status, ConditionTypes.PowerMatched);
        return matched is { Status: not ConditionStatus.True } ? PowerReading.Unknown(matched.Reason, matched.Message)
            : PowerReading.Unknown(report.Exists == FactValue.No ? Reasons.MachineMissing : reason);
    }

    private static CurrentImageReading CurrentImage(NodeStatus status, NodeStatusReport report, string reason)
    {
        if (report.ReportedImage is { Length: > 0 } reported)
        {
            // Which load the machine names is not in the report, but whether that was the trouble is.
            var loaded = status.LoadedImage;
            var contradicts = report.Reason == Reasons.IdentityMismatch && loaded is not null && reported == $"{loaded.Name}@{loaded.Revision}";
            return CurrentImageReading.Image(reported.Split('@')[0], reported, contradicts ? "another" : loaded?.OperationId);
        }

        var namesNone = report.Ssh == FactValue.Yes && report.Reason is Reasons.CurrentImageMissing or Reasons.IdentityMismatch;
        return namesNone ? CurrentImageReading.None(Reasons.CurrentImageMissing) : CurrentImageReading.Unknown(report.Verdict == NodeVerdict.Unknown ? report.Reason : reason);
    }

    private static Condition? Find(NodeStatus status, string type) => status.Conditions.FirstOrDefault(condition => condition.Type == type);
}

using Microsoft.Extensions.Logging;
using Provisioning.Api.Meta;
using Provisioning.Core.Status;

namespace Provisioning.Operator.Telemetry;

/// <summary>One line when Ready of an Image, an ImageCapture or a Provisioner has changed its status or its reason.</summary>
internal sealed partial class ReadyLog(ILogger<ReadyLog> logger)
{
    /// <summary>Takes note of conditions that were written.</summary>
    public void Wrote(IKubernetesEntity entity, IList<Condition>? before, IList<Condition> after)
    {
        if (NodeStates.Find(after, ConditionTypes.Ready) is not { } ready)
            return;
        if (before is not null && NodeStates.Find(before, ConditionTypes.Ready) is { } old && old.Status == ready.Status && old.Reason == ready.Reason)
            return;
        var isStalled = NodeStates.Find(after, ConditionTypes.Stalled) is { Status: ConditionStatus.True };
        LogReady(isStalled ? LogLevel.Warning : LogLevel.Information, entity.Kind, entity.Metadata.Namespace, entity.Metadata.Name, ready.Status == ConditionStatus.True ? "ready" : isStalled ? "stalled" : "not ready", ready.Reason, ready.Message);
    }

    [LoggerMessage(EventId = 2020, Message = "{Kind} {Namespace}/{Name}: {State} ({Reason}): {What}")]
    private partial void LogReady(LogLevel level, string kind, string? @namespace, string name, string state, string reason, string what);
}

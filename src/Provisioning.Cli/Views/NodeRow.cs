using Provisioning.Api.Machines;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Cli.Output;
using Provisioning.Core.Status;

namespace Provisioning.Cli.Views;

/// <summary>A Node in a line.</summary>
internal sealed record NodeRow(
    string Namespace, string Name, string Ready, string Reason, string Desired, string Current, string Power, string Operation, int? Progress, string Since, string Provisioner, string Message, Tone Tone)
{
    /// <summary>Whether the image that is on the machine is another one than it should be.</summary>
    public bool IsOtherImage => Desired != "-" && Current != Desired;

    /// <summary>The row of a Node.</summary>
    public static NodeRow Of(Node node, DateTimeOffset now)
    {
        var status = node.Status;
        var ready = status?.Conditions.FirstOrDefault(condition => condition.Type == ConditionTypes.Ready);
        var operation = status?.Operation;
        var since = operation?.StartedTime ?? ready?.LastTransitionTime ?? node.Metadata.CreationTimestamp;
        return new(
            node.Metadata.Namespace ?? "",
            node.Metadata.Name,
            ready?.Status.ToString() ?? ConditionStatus.Unknown.ToString(),
            node.Metadata.DeletionTimestamp is not null ? "Deleting" : ready?.Reason ?? "NotSeenYet",
            node.Spec.ImageRef?.Name ?? "-",
            status?.CurrentImage ?? "-",
            PowerText(node),
            operation is null ? QueueText(status) : operation.Step is { Length: > 0 } step ? $"{operation.Kind}/{step}" : operation.Kind.ToString(),
            operation?.ProgressPercent,
            since is null ? "-" : Durations.Short(now - since.Value),
            node.Spec.ProvisionerRef.Name,
            ready?.Message ?? "No operator has looked at this Node yet. Is one running, and does it watch this namespace?",
            status is null ? Tone.Unknown : Tones.Of(node));
    }

    /// <summary>The power state, and what it should be where that differs.</summary>
    private static string PowerText(Node node)
    {
        var power = node.Status?.Power;
        var wanted = node.Spec.PowerState switch { PowerState.PoweredOn => PowerValue.On, PowerState.PoweredOff => PowerValue.Off, _ => (PowerValue?)null };
        var text = power?.ToString() ?? "-";
        return wanted is null || power is null || power == wanted ? text : $"{text}, should be {wanted}";
    }

    private static string QueueText(NodeStatus? status) => status?.Queue is { } queue ? $"waits, place {queue.Position}" : "-";
}

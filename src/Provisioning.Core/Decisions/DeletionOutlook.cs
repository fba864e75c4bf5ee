using Provisioning.Api;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;

namespace Provisioning.Core.Decisions;

/// <summary>How long a deletion may take, and what stays if it takes that long.</summary>
public static class DeletionOutlook
{
    /// <summary>Longest time from the request to delete until the Node is let go.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(15);

    /// <summary>When a Node that is being deleted is let go, whatever is done by then; null if it is not, or not by us.</summary>
    public static DateTimeOffset? EndTime(Node node) =>
        node.Metadata.Finalizers?.Contains(ApiGroup.Finalizer) == true ? node.Metadata.DeletionTimestamp + Grace : null;

    /// <summary>For people: until when is tried what the deletion waits for, and what stays if it is in vain. Null if the Node is not being deleted.</summary>
    /// <param name="node">The Node.</param>
    /// <param name="operation">Its operation.</param>
    public static string? Describe(Node node, OperationStatus? operation)
    {
        if (EndTime(node) is not { } end)
            return null;
        var left = Left(node, operation);
        return $"{Until(end)} Then the Node goes{(left.Length == 0 ? "" : $", and what is not done stays: {left}")}.";
    }

    /// <summary>Whether a condition has told already what <see cref="Describe"/> says of this deletion.</summary>
    public static bool IsTold(Node node) =>
        EndTime(node) is { } end && node.Status?.Conditions.Any(condition => condition.Message.Contains(Until(end), StringComparison.Ordinal)) == true;

    /// <summary>What stays if the Node went now, for people; empty if nothing.</summary>
    internal static string Left(Node node, OperationStatus? operation)
    {
        string?[] left = [LeftOfMachine(node.Spec.DeletionPolicy), LeftOfOperation(operation)];
        return string.Join("; ", left.OfType<string>());
    }

    private static string Until(DateTimeOffset end) => $"The deletion is tried until {end:u}.";

    private static string? LeftOfMachine(DeletionPolicy policy) => policy switch
    {
        DeletionPolicy.Unload => "the machine as it is, not unloaded",
        DeletionPolicy.PowerOff => "the machine as it is, not powered off",
        _ => null,
    };

    private static string? LeftOfOperation(OperationStatus? operation) => operation switch
    {
        null => null,
        { CapturedImage: { } captured } => $"the captured file {captured.FileName} ({captured.Digest}), which no Image may name",
        { Phase: OperationPhase.Running } => $"the operation {operation.Kind} {operation.Id}, unfinished{(operation.Step is { } step ? $" in step {step}" : "")}",
        _ => null,
    };
}

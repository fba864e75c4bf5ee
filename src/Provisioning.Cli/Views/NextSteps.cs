using Provisioning.Api;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Cli.Output;
using Provisioning.Core.Status;

namespace Provisioning.Cli.Views;

/// <summary>What happens next with a Node, and when. Read from its status and the times of its Provisioner.</summary>
internal static class NextSteps
{
    /// <summary>The sentences.</summary>
    public static IReadOnlyList<string> Of(Node node, Provisioner? provisioner, DateTimeOffset now)
    {
        if (node.Status is not { } status)
            return ["The operator looks at the machine, and then does what is declared."];
        if (node.Metadata.DeletionTimestamp is { } deleted)
            return [$"The Node is being deleted since {Durations.Short(now - deleted)}. It goes when its deletionPolicy ({node.Spec.DeletionPolicy}) is carried out, at the latest {Durations.FromNow(deleted.AddMinutes(15), now)}.", .. Approval(node)];
        return node.Spec.ManagementPolicy == ManagementPolicy.Paused
            ? [$"Nothing, until the Node is resumed: kubectl provision resume {node.Metadata.Name} -n {node.Metadata.Namespace}"]
            : [.. Waits(node, status, provisioner, now)];
    }

    private static IEnumerable<string> Waits(Node node, NodeStatus status, Provisioner? provisioner, DateTimeOffset now)
    {
        if (status.ObservedGeneration != node.Metadata.Generation)
            yield return "The spec was changed; the operator has yet to take that up.";
        if (status.Operation is { Phase: OperationPhase.Running } operation)
        {
            yield return $"{operation.Kind} goes on.{Until("It is given up", operation.DeadlineTime, now)}{Silence(operation, provisioner, now)}";
            if (status.ObserveRetry is { NextTime: { } call } silent)
                yield return $"It is tried again {Durations.FromNow(call, now)} ({call:u}), after {silent.Attempt} that came to nothing ({silent.Reason}).";
            yield break;
        }

        foreach (var line in Approval(node))
            yield return line;
        if (status.Queue is { } queue)
            yield return $"It waits in the line of the Provisioner {node.Spec.ProvisionerRef.Name}, place {queue.Position}, since {Durations.Short(now - queue.SinceTime)}.";
        if (status.Retry is { Attempt: > 0, NextTime: { } retry })
            yield return $"The next attempt is due {Durations.FromNow(retry, now)} ({retry:u}), after {status.Retry.Attempt} that failed.";
        if (status.ObserveRetry is { NextTime: { } look })
            yield return $"The machine is looked at again {Durations.FromNow(look, now)} ({look:u}), after {status.ObserveRetry.Attempt} that found it no better.";
        else if (status is { Queue: null } && status.Conditions.FirstOrDefault(condition => condition.Type == ConditionTypes.Ready) is { } ready && provisioner is not null)
            yield return At(ready, provisioner);
    }

    private static IEnumerable<string> Approval(Node node) => node.Status?.PendingPlan is { } plan
        ? [$"{plan.Kind} begins when it is approved: kubectl provision approve {node.Metadata.Name} -n {node.Metadata.Namespace} --plan {plan.Id}"]
        : [];

    private static string At(Condition ready, Provisioner provisioner)
    {
        var interval = Durations.Short(TimeSpan.FromSeconds(provisioner.Spec.Timeouts.ObserveSeconds));
        return ready.Status == ConditionStatus.True ? $"The machine is looked at every {interval}; nothing else, until it or its spec changes." : $"The machine is looked at every {interval}.";
    }

    private static string Until(string what, DateTimeOffset? when, DateTimeOffset now) => when is { } time ? $" {what} {Durations.FromNow(time, now)}." : "";

    private static string Silence(OperationStatus operation, Provisioner? provisioner, DateTimeOffset now) =>
        provisioner is not null && operation.LastProgressTime is { } last
            ? $" Its last progress was {Durations.FromNow(last, now)}; without any for {Durations.Short(TimeSpan.FromSeconds(provisioner.Spec.Timeouts.NoProgressSeconds))} it is given up sooner."
            : "";
}

using System.Text.Json.Nodes;

namespace Provisioning.GitOps.Tests.Support;

/// <summary>
/// The rules of kstatus for a custom resource, which Flux and other tools follow:
/// https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/status/generic.go and status.go.
/// </summary>
internal static class Kstatus
{
    public static string Of(JsonNode entity)
    {
        if (entity["metadata"]?["deletionTimestamp"] is not null)
            return "Terminating";
        if (entity["status"]?["observedGeneration"] is { } observed && (long)observed != (long)entity["metadata"]!["generation"]!)
            return "InProgress";
        foreach (var condition in entity["status"]?["conditions"]?.AsArray() ?? [])
        {
            switch ((string)condition!["type"]!, (string)condition["status"]!)
            {
                case ("Reconciling", "True"):
                    return "InProgress";
                case ("Stalled", "True"):
                    return "Failed";
            }
        }

        // Without a condition Ready an object counts as current.
        var ready = entity["status"]?["conditions"]?.AsArray().FirstOrDefault(condition => (string)condition!["type"]! == "Ready");
        return ready is null || (string)ready["status"]! == "True" ? "Current" : "InProgress";
    }
}

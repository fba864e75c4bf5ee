using System.Text.Json.Nodes;

namespace Provisioning.Chart.Tests.Rendering;

/// <summary>
/// The profile "restricted" of the Pod Security Standards (https://kubernetes.io/docs/concepts/security/pod-security-standards/), and besides: a read-only root
/// and no token but an explicit one. An API server enforces the profile from 1.23 on.
/// </summary>
internal static class RestrictedRules
{
    private static readonly string[] Volumes = ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"];

    public static IEnumerable<string> Problems(JsonObject workload)
    {
        if (workload["spec"]?["template"]?["spec"] is not JsonObject pod)
            yield break;
        foreach (var word in new[] { "hostNetwork", "hostPID", "hostIPC" })
        {
            if (pod.ContainsKey(word))
                yield return $"{word} is set";
        }

        foreach (var volume in pod["volumes"]?.AsArray() ?? [])
        {
            if (volume!.AsObject().Single(pair => pair.Key != "name").Key is var kind && !Volumes.Contains(kind))
                yield return $"a volume is a {kind}";
        }

        if ((bool?)pod["automountServiceAccountToken"] != false)
            yield return "a token is mounted into every container";
        foreach (var container in new[] { "containers", "initContainers", "ephemeralContainers" }.SelectMany(list => pod[list]?.AsArray() ?? []))
        {
            foreach (var problem in OfContainer(pod["securityContext"], container!))
                yield return $"{container!["name"]}: {problem}";
        }
    }

    private static IEnumerable<string> OfContainer(JsonNode? pod, JsonNode container)
    {
        var own = container["securityContext"];
        JsonNode? Effective(string name) => own?[name] ?? pod?[name];
        if ((bool?)Effective("runAsNonRoot") != true)
            yield return "runAsNonRoot is not true";
        if ((long?)Effective("runAsUser") == 0)
            yield return "runAsUser is 0";
        if ((string?)Effective("seccompProfile")?["type"] is not ("RuntimeDefault" or "Localhost"))
            yield return "seccompProfile is not RuntimeDefault or Localhost";
        if ((bool?)own?["allowPrivilegeEscalation"] != false)
            yield return "allowPrivilegeEscalation is not false";
        if ((bool?)own?["privileged"] == true)
            yield return "it is privileged";
        if ((bool?)own?["readOnlyRootFilesystem"] != true)
            yield return "its root is writable";
        if (own?["procMount"] is { } mount && (string)mount! != "Default")
            yield return "procMount is not Default";
        if (own?["capabilities"]?["drop"]?.AsArray().Any(name => (string?)name == "ALL") != true)
            yield return "it does not drop ALL capabilities";
        if (own?["capabilities"]?["add"]?.AsArray().Any(name => (string?)name != "NET_BIND_SERVICE") == true)
            yield return "it adds capabilities";
        if (container["ports"]?.AsArray().Any(port => port!["hostPort"] is not null) == true)
            yield return "it takes a port of the host";
    }
}

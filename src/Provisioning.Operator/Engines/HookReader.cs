using System.Net;
using System.Text;
using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;
using Provisioning.Engines.Targets;
using Provisioning.Kubernetes.Rest;
using Provisioning.Kubernetes.Rest.BuiltIn;

namespace Provisioning.Operator.Engines;

/// <summary>
/// Reads the programs of a Node's hooks from their ConfigMaps, by name only: the operator has no right to list them. They are read again after
/// <see cref="FreshReads{T}.Freshness"/>.
/// </summary>
internal sealed class HookReader(IResourceClient<ConfigMap> client, TimeProvider time)
{
    private readonly FreshReads<ConfigMap> _maps = new(client, time);

    /// <summary>Reads all hooks of a Node.</summary>
    /// <returns>The hooks and a text that changes when one of their ConfigMaps does (empty without hooks), or what is wrong with one of them.</returns>
    public async Task<(IReadOnlyList<HookTarget> Hooks, string Version, Obstacle? Obstacle)> ReadAsync(Node node, CancellationToken cancellationToken)
    {
        var @namespace = node.Metadata.Namespace ?? "";
        List<HookTarget> hooks = [];
        var version = new StringBuilder();
        foreach (var hook in node.Spec.OperatingSystem.Hooks)
        {
            ConfigMap? map;
            try
            {
                map = await _maps.ReadAsync(new(@namespace, hook.ConfigMapRef.Name)).WaitAsync(cancellationToken);
            }
            catch (KubernetesApiException refusal) when (refusal.StatusCode == HttpStatusCode.Forbidden)
            {
                return Invalid(hook, $"the operator is not allowed to read it. Grant its service account the verb get on configmaps in namespace {@namespace}.");
            }

            if (Problem(hook, map, @namespace) is { } problem)
                return Invalid(hook, problem);
            version.Append('/').Append(map!.Metadata.Uid).Append('@').Append(map.Metadata.ResourceVersion);
            hooks.Add(new()
            {
                Name = hook.Name,
                Stage = hook.Stage,
                Script = map.Data![hook.Key],
                Timeout = TimeSpan.FromSeconds(hook.TimeoutSeconds),
                FailurePolicy = hook.FailurePolicy,
            });
        }

        return (hooks, version.ToString(), null);
    }

    private static string? Problem(HookSpec hook, ConfigMap? map, string @namespace)
    {
        if (map is null)
            return $"it does not exist. Create it: kubectl -n {@namespace} create configmap {hook.ConfigMapRef.Name} --from-file={hook.Key}=FILE";
        if (map.BinaryData?.ContainsKey(hook.Key) == true)
            return $"its key {hook.Key} is no text in UTF-8. Give it a script.";
        if (map.Data?.TryGetValue(hook.Key, out var script) != true)
            return $"it has no key {hook.Key}. Add it, or name another one in key.";
        if (string.IsNullOrWhiteSpace(script))
            return $"its key {hook.Key} is empty. Put the program there.";
        var size = Encoding.UTF8.GetByteCount(script);
        return size > HookTarget.MaximumBytes
            ? $"its key {hook.Key} has {size} bytes, and a hook may have {HookTarget.MaximumBytes}. Let a short program fetch the rest."
            : null;
    }

    private static (IReadOnlyList<HookTarget>, string, Obstacle) Invalid(HookSpec hook, string problem) =>
        ([], "", new(Reasons.HookInvalid, $"The hook {hook.Name} cannot be read from the ConfigMap {hook.ConfigMapRef.Name}: {problem}", NeedsPerson: true));
}

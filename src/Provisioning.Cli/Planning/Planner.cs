using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Cli.Connecting;
using Provisioning.Core.Decisions;
using Provisioning.Kubernetes;
using Provisioning.Kubernetes.Rest;

namespace Provisioning.Cli.Planning;

/// <summary>
/// Finds out what applying manifests would come to: the API server says what each object would be (a dry run, so that what it would refuse is told), and the forecast what would
/// become of each machine that is concerned.
/// </summary>
internal sealed class Planner(Session session)
{
    /// <summary>The forecasts, one for each Node that the manifests concern.</summary>
    public async Task<IReadOnlyList<MachineForecast>> PlanAsync(IReadOnlyList<Manifest> manifests, CancellationToken cancellationToken)
    {
        List<MachineForecast> forecasts = [];
        foreach (var group in manifests.GroupBy(manifest => manifest.Namespace ?? session.Namespace, StringComparer.Ordinal))
            forecasts.AddRange(await PlanNamespaceAsync(group.Key, [.. group], cancellationToken));
        return forecasts;
    }

    private async Task<IEnumerable<MachineForecast>> PlanNamespaceAsync(string @namespace, IReadOnlyList<Manifest> manifests, CancellationToken cancellationToken)
    {
        var nodes = await ChangeAsync(Kinds.Nodes, @namespace, manifests, cancellationToken);
        var images = await ChangeAsync(Kinds.Images, @namespace, manifests, cancellationToken);
        var provisioners = await ChangeAsync(Kinds.Provisioners, @namespace, manifests, cancellationToken);
        var captures = await ChangeAsync(Kinds.ImageCaptures, @namespace, manifests, cancellationToken);
        return nodes.After.Values
            .Where(node => IsConcerned(node, nodes, images, provisioners, captures))
            .OrderBy(node => node.Metadata.Name, StringComparer.Ordinal)
            .Select(node => Forecaster.Tell(new()
            {
                Before = nodes.Before.GetValueOrDefault(node.Metadata.Name),
                After = node,
                Now = Around(nodes.Before.GetValueOrDefault(node.Metadata.Name) ?? node, images.Before, provisioners.Before, captures.Before),
                Then = Around(node, images.After, provisioners.After, captures.After),
                Time = session.Time.GetUtcNow(),
            }));
    }

    /// <summary>A Node of the manifests, or one that refers to an object of them, or is referred to.</summary>
    private static bool IsConcerned(Node node, Change<Node> nodes, Change<Image> images, Change<Provisioner> provisioners, Change<ImageCapture> captures) =>
        nodes.Named.Contains(node.Metadata.Name)
        || (node.Spec.ImageRef is { } image && images.Named.Contains(image.Name))
        || provisioners.Named.Contains(node.Spec.ProvisionerRef.Name)
        || captures.Named.Any(name => captures.After[name].Spec.NodeRef.Name == node.Metadata.Name);

    private static Surroundings Around(Node node, IReadOnlyDictionary<string, Image> images, IReadOnlyDictionary<string, Provisioner> provisioners, IReadOnlyDictionary<string, ImageCapture> captures) => new(
        node.Spec.ImageRef is { } image ? images.GetValueOrDefault(image.Name) : null,
        provisioners.GetValueOrDefault(node.Spec.ProvisionerRef.Name),
        Waiting(node, images, captures));

    /// <summary>The capture whose operation is under way, otherwise the oldest that can begin, as the operator picks it.</summary>
    private static CaptureRequest? Waiting(Node node, IReadOnlyDictionary<string, Image> images, IReadOnlyDictionary<string, ImageCapture> captures)
    {
        var all = captures.Values.Where(capture => capture.Spec.NodeRef.Name == node.Metadata.Name && capture.Metadata.DeletionTimestamp is null);
        var capture = node.Status?.Operation is { Kind: OperationKind.Capture, CaptureUid: { } uid }
            ? all.FirstOrDefault(item => item.Metadata.Uid == uid)
            : all.Where(item => item.Status?.FinishedTime is null && !images.ContainsKey(item.Spec.ImageName))
                .OrderBy(item => item.Metadata.CreationTimestamp).ThenBy(item => item.Metadata.Name, StringComparer.Ordinal).FirstOrDefault();
        return capture is null ? null : new(
            capture.Metadata.Name,
            capture.Metadata.Uid ?? "",
            capture.Spec.ImageName,
            capture.Spec.Revision,
            capture.Spec.Preparation == CapturePreparation.OperatingSystem && node.Spec.OperatingSystem.Type != OperatingSystemType.None,
            capture.Status?.FinishedTime is not null);
    }

    private async Task<Change<T>> ChangeAsync<T>(ResourceDefinition<T> kind, string @namespace, IReadOnlyList<Manifest> manifests, CancellationToken cancellationToken)
        where T : class, IKubernetesEntity
    {
        var before = (await session.Connection.ListAsync(kind, @namespace, labelSelector: null, cancellationToken)).ToDictionary(item => item.Metadata.Name, StringComparer.Ordinal);
        var after = new Dictionary<string, T>(before, StringComparer.Ordinal);
        HashSet<string> named = [];
        foreach (var manifest in manifests.Where(manifest => manifest.Kind == kind.Kind))
        {
            named.Add(manifest.Name);
            after[manifest.Name] = await ApplyAsync(kind, new(@namespace, manifest.Name), before.GetValueOrDefault(manifest.Name), manifest, cancellationToken);
        }

        return new(before, after, named);
    }

    private async Task<T> ApplyAsync<T>(ResourceDefinition<T> kind, NamespacedName key, T? before, Manifest manifest, CancellationToken cancellationToken)
        where T : class, IKubernetesEntity
    {
        try
        {
            if (before is null)
            {
                var body = (JsonObject)manifest.Body.DeepClone();
                body["metadata"]!["namespace"] = key.Namespace;
                return await session.Connection.DryCreateAsync(kind, key, body, cancellationToken);
            }

            return ThreeWayMerge.Patch(ToJson(before, kind.JsonTypeInfo), manifest.Body) is { } patch
                ? await session.Connection.DryPatchAsync(kind, key, patch, cancellationToken)
                : before;
        }
        catch (KubernetesApiException refusal) when (refusal.IsInvalid || refusal.StatusCode == System.Net.HttpStatusCode.BadRequest)
        {
            throw new CommandError($"The API server would refuse {kind.Kind} {key}: {(refusal.Causes.Count > 0 ? string.Join("; ", refusal.Causes.Select(cause => $"{cause.Field}: {cause.Message}")) : refusal.Message)}");
        }
    }

    private static JsonObject ToJson<T>(T entity, JsonTypeInfo<T> typeInfo) => JsonSerializer.SerializeToNode(entity, typeInfo)!.AsObject();

    /// <summary>The objects of a kind before and after.</summary>
    private sealed record Change<T>(IReadOnlyDictionary<string, T> Before, IReadOnlyDictionary<string, T> After, IReadOnlySet<string> Named);
}

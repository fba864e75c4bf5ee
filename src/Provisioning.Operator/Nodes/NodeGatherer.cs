using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Api.Validation;
using Provisioning.Core.Decisions;
using Provisioning.Core.Status;
using Provisioning.Core.Verdict;
using Provisioning.Engines;
using Provisioning.Engines.Targets;
using Provisioning.Kubernetes;
using Provisioning.Kubernetes.Caching;
using Provisioning.Kubernetes.Rest;
using Provisioning.OperatingSystems;
using Provisioning.Operator.Captures;
using Provisioning.Operator.Engines;
using Provisioning.Operator.Hosting;
using Provisioning.Operator.Images;
using Provisioning.Operator.Telemetry;

namespace Provisioning.Operator.Nodes;

/// <summary>Gathers all that a decision about a Node depends on: from the caches, its Secrets and, where needed, from the machine itself.</summary>
internal sealed partial class NodeGatherer(
    IResourceCache<Provisioner> provisioners,
    IResourceCache<Image> images,
    IResourceCache<ImageCapture> captures,
    EngineRegistry engines,
    SecretReader secrets,
    HookReader hookReader,
    MachineMetrics metrics,
    TimeProvider time,
    ILogger<NodeGatherer> logger)
{
    /// <summary>Longest time for one look at a machine.</summary>
    public static readonly TimeSpan ObserveTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Gathers everything but the look at the machine.</summary>
    public async Task<NodeWork> GatherAsync(Node node, CancellationToken cancellationToken)
    {
        var @namespace = node.Metadata.Namespace ?? "";
        var provisionerName = NodeSituation.ProvisionerOf(node);
        var provisioner = provisioners.Get(new(@namespace, provisionerName));
        var (credentials, secretObstacle) = await OrEndAsync(node, () => ReadCredentialsAsync(node, cancellationToken));
        var ((hooks, hooksVersion), hookObstacle) = await OrEndAsync(node, () => ReadHooksAsync(node, cancellationToken));
        var (image, imageObstacle) = FindImage(node);
        var waiting = FindCaptures(node);
        var capture = waiting is [var oldest, ..] ? oldest : null;

        // The last thing that can fail: what is taken into use here is given back by the work only.
        var (engine, obstacle) = provisioner is null ? (null, ProvisionerNotFound(node)) : await OrEndAsync(node, () => engines.AcquireAsync(provisioner, cancellationToken));

        return new()
        {
            Stored = node,
            ProvisionerName = provisionerName,
            Engine = engine,
            Image = image,
            Capture = capture,
            LaterCaptures = [.. waiting.Skip(1)],
            Target = node.ToTarget(image, credentials) with { MachineName = NodeSituation.MachineOf(node), Hooks = hooks ?? [] },
            Situation = new()
            {
                Node = node,
                Now = time.GetUtcNow(),
                Obstacle = InvalidSpec(node) ?? obstacle ?? secretObstacle ?? hookObstacle,
                ImageObstacle = imageObstacle ?? ImageWaits.For(image, provisionerName, engine?.Engine, other => provisioners.Get(new(@namespace, other))?.Spec.Type == provisioner?.Spec.Type),
                Provisioner = provisioner?.Spec,
                Supported = SupportedBy(engine?.Engine),
                DesiredImage = image is null ? null : new DesiredImage(image.Metadata.Name, image.Spec.Revision, image.Spec.Digest),
                Capture = capture is null ? null : ToRequest(capture, node),
                LaterCaptures = [.. waiting.Skip(1).Select(later => ToRequest(later, node))],
                Circumstances = Short($"{node.Metadata.Generation}/{provisioner?.Metadata.Uid}/{provisioner?.Metadata.Generation}/{engine?.Version}/{credentials?.Version}/{image?.Metadata.Uid}{hooksVersion}"),
            },
        };
    }

    /// <summary>Looks at the machine, if the decision depends on that. What goes wrong in the look is an answer too: everything unknown.</summary>
    public async Task<NodeWork> ObserveAsync(NodeWork work, CancellationToken cancellationToken)
    {
        if (work is not { Engine.Engine: { } engine, Situation.Obstacle: null })
            return work;

        work = work.With(NodeReports.ForMachine(work.Situation.Status, work.ProvisionerName, work.Target.MachineName));
        // An operation may have ended since the target was made.
        var target = work.Target with { LastPower = work.Situation.Status.Power };
        Observation observation;
        var began = time.GetTimestamp();
        try
        {
            observation = await time.WithinAsync(ObserveTimeout, limited => engine.ObserveAsync(target, limited), cancellationToken);
            metrics.Looked(work.Situation.Provisioner?.Type, !observation.Exists.IsUnknown, time.GetElapsedTime(began));
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            metrics.Looked(work.Situation.Provisioner?.Type, answered: false, time.GetElapsedTime(began));
            LogLookFailed(work.Target.Namespace, work.Target.Name, exception.Message);
            observation = Observation.Nothing(time.GetUtcNow(), Reasons.HostUnreachable, $"The look at the machine failed: {exception.Message}");
        }

        return work with { Situation = work.Situation with { Observation = observation, Now = time.GetUtcNow() } };
    }

    /// <summary>
    /// Reads something that a Node needs. What the API server will not give is worth waiting for, but not for ever where a Node is being deleted: then it is an
    /// obstacle like others, and the deletion ends.
    /// </summary>
    private static async Task<(T? Found, Obstacle? Obstacle)> OrEndAsync<T>(Node node, Func<Task<(T? Found, Obstacle? Obstacle)>> read)
    {
        try
        {
            return await read();
        }
        catch (KubernetesApiException refusal) when (node.Metadata.DeletionTimestamp is not null)
        {
            return (default, new(Reasons.SecretInvalid, $"The API server does not give what the Node needs: {refusal.Message}", NeedsPerson: false));
        }
    }

    private async Task<((IReadOnlyList<HookTarget>? Hooks, string Version) Found, Obstacle? Obstacle)> ReadHooksAsync(Node node, CancellationToken cancellationToken)
    {
        var (hooks, version, obstacle) = await hookReader.ReadAsync(node, cancellationToken);
        return ((hooks, version), obstacle);
    }

    private async Task<(Credentials? Credentials, Obstacle? Obstacle)> ReadCredentialsAsync(Node node, CancellationToken cancellationToken)
    {
        if (node.Spec.OperatingSystem is not { Type: not OperatingSystemType.None, CredentialsSecretRef: { } reference })
            return (null, null);

        var (credentials, obstacle) = await secrets.ReadAsync(node.Metadata.Namespace ?? "", reference.Name, cancellationToken);
        return (credentials, obstacle is null ? null : obstacle with { Message = $"The machine cannot be logged in to: {obstacle.Message}" });
    }

    private (Image? Image, Obstacle? Obstacle) FindImage(Node node)
    {
        if (node.Spec.ImageRef is not { } reference)
            return (null, null);

        var image = images.Get(new(node.Metadata.Namespace ?? "", reference.Name));
        if (image is null || image.Metadata.DeletionTimestamp is not null)
            return (null, new(Reasons.ImageNotFound, $"The Image {reference.Name} does not exist in namespace {node.Metadata.Namespace}. Create it, or name another one in spec.imageRef.", NeedsPerson: true));
        return SpecValidator.Validate(image) is [var problem, ..]
            ? (null, new(Reasons.InvalidSpec, $"The Image {reference.Name} cannot be used: {problem}", NeedsPerson: true))
            : (image, null);
    }

    /// <summary>The capture whose operation is recorded; otherwise those that wait, oldest first.</summary>
    private IReadOnlyList<ImageCapture> FindCaptures(Node node)
    {
        var all = captures.ByIndex(Resources.ByNode, $"{node.Metadata.Namespace}/{node.Metadata.Name}");
        if (node.Status?.Operation is { Kind: OperationKind.Capture, CaptureUid: { } uid })
            return [.. all.Where(capture => capture.Metadata.Uid == uid && capture.Metadata.DeletionTimestamp is null)];

        return all.Count == 0 ? [] :
        [
            .. all
                .Where(capture => CaptureRules.MayBegin(capture, node))
                .Where(capture => images.Get(new(node.Metadata.Namespace ?? "", capture.Spec.ImageName)) is null)
                .OrderBy(capture => capture.Metadata.CreationTimestamp)
                .ThenBy(capture => capture.Metadata.Name, StringComparer.Ordinal),
        ];
    }

    private static CaptureRequest ToRequest(ImageCapture capture, Node node) => new(
        capture.Metadata.Name,
        capture.Metadata.Uid ?? "",
        capture.Spec.ImageName,
        capture.Spec.Revision,
        capture.Spec.Preparation == CapturePreparation.OperatingSystem && node.Spec.OperatingSystem.Type != OperatingSystemType.None,
        capture.Status?.FinishedTime is not null)
    {
        RestoresPower = capture.Spec.EndState == CaptureEndState.AsDeclared,
    };

    /// <summary>Goals in the status carry it, and their length is bounded; resource versions are opaque and may be long.</summary>
    private static string Short(string circumstances) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(circumstances)).AsSpan(0, 8));

    private static Obstacle? InvalidSpec(Node node) =>
        (SpecValidator.Validate(node) is [var first, ..] ? first : StepCatalogue.Check(node.Spec.OperatingSystem)) is { } problem ? new(Reasons.InvalidSpec, problem, NeedsPerson: true) : null;

    private static Obstacle ProvisionerNotFound(Node node) => new(
        Reasons.ProvisionerNotFound,
        $"The Provisioner {NodeSituation.ProvisionerOf(node)} does not exist in namespace {node.Metadata.Namespace}. Create it, or name another one in spec.provisionerRef.",
        NeedsPerson: true);

    private static HashSet<OperationKind> SupportedBy(IProvisioningEngine? engine) =>
        engine is null ? [] : [.. Enum.GetValues<OperationKind>().Where(kind => engine.Capabilities.HasFlag(kind.Required()))];

    [LoggerMessage(2010, LogLevel.Warning, "Node {Namespace}/{Name}: the look at the machine broke off and is repeated later: {What}")]
    private partial void LogLookFailed(string @namespace, string name, string what);
}

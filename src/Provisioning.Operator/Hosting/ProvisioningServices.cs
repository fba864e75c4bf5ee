using Microsoft.Extensions.DependencyInjection.Extensions;
using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Core.Decisions;
using Provisioning.Engines;
using Provisioning.Engines.Configuration;
using Provisioning.Engines.Lab;
using Provisioning.Engines.Libvirt;
using Provisioning.Engines.Simulated;
using Provisioning.Engines.Simulated.Machines;
using Provisioning.Engines.XCat;
using Provisioning.Kubernetes;
using Provisioning.Kubernetes.Caching;
using Provisioning.Kubernetes.Controllers;
using Provisioning.Kubernetes.Hosting;
using Provisioning.Kubernetes.Rest;
using Provisioning.Kubernetes.Rest.BuiltIn;
using Provisioning.OperatingSystems;
using Provisioning.OperatingSystems.Linux;
using Provisioning.OperatingSystems.Windows;
using Provisioning.Operator.Captures;
using Provisioning.Operator.Engines;
using Provisioning.Operator.Images;
using Provisioning.Operator.Nodes;
using Provisioning.Operator.Provisioners;
using Provisioning.Operator.Status;
using Provisioning.Operator.Telemetry;
using Provisioning.Ssh;
using Provisioning.Ssh.Pooling;

namespace Provisioning.Operator.Hosting;

/// <summary>Puts the product together.</summary>
public static class ProvisioningServices
{
    /// <summary>
    /// What waits for a machine is cut off at a shutdown and goes on under the next operator, as after a crash. To wait for it would leave all Nodes without an operator meanwhile.
    /// </summary>
    private static readonly TimeSpan ShutdownGrace = TimeSpan.FromSeconds(0.5);

    /// <summary>Adds the kinds, their controllers and the engines.</summary>
    public static IServiceCollection AddProvisioning(this IServiceCollection services, OperatorSettings settings)
    {
        services.TryAddSingleton<Random>(new ConcurrentRandom());
        services.TryAddSingleton(TimeProvider.System);
        AddEngines(services);
        AddParts(services);

        var builder = services.AddKubernetesOperator(options =>
        {
            options.Kubeconfig = settings.Kubeconfig;
            options.WatchNamespaces = settings.WatchNamespaces;
            options.ShutdownGrace = ShutdownGrace;
        });
        AddKinds(builder);
        AddControllers(builder, settings);
        if (settings.LeaderElection)
        {
            builder.WithLeaderElection(options =>
            {
                options.LeaseName = settings.LeaseName;
                options.LeaseNamespace = settings.LeaseNamespace;
            });
        }

        return services;
    }

    /// <summary>A new engine is one project and one line here.</summary>
    private static void AddEngines(IServiceCollection services)
    {
        services.TryAddSingleton<SimulatedMachineRoom>();
        services.AddSingleton<IProvisioningEngineFactory, SimulatedEngineFactory>();
        services.AddSingleton<ISshConnector, SshConnector>();
        services.AddSingleton<SshSessionPool>();
        services.AddSingleton<IOperatingSystemModule, LinuxModule>();
        services.AddSingleton<IOperatingSystemModule, WindowsModule>();
        services.AddSingleton<IProvisioningEngineFactory, LibvirtEngineFactory>();
        services.AddSingleton<IProvisioningEngineFactory, XCatEngineFactory>();
        services.AddSingleton<IProvisioningEngineFactory, LabEngineFactory>();
        services.AddSingleton<IProvisioningEngineFactory, ConfigurationEngineFactory>();
    }

    private static void AddParts(IServiceCollection services)
    {
        services.AddSingleton<StartLog>();
        services.AddSingleton<ReadyLog>();
        services.AddSingleton<NodeJournal>();
        services.AddSingleton<OperationTraces>();
        services.AddSingleton<MachineMetrics>();
        services.AddSingleton<FetchMetrics>();
        services.AddSingleton<FleetCounter>();
        services.AddSingleton<FleetMetrics>();
        services.AddSingleton<ProcessMetrics>();
        services.AddSingleton<SecretReader>();
        services.AddSingleton<HookReader>();
        services.AddSingleton<EngineRegistry>();
        services.AddSingleton<NodeGatherer>();
        services.AddSingleton<NodeActor>();
        services.AddSingleton<OperationActor>();
        services.AddSingleton<OperationAdmission>();
        services.AddSingleton<OperationRunner>();
        services.AddSingleton<OperationLimiter>();
        services.AddSingleton<RestingNodes>();
        services.AddSingleton<NodeEvents>();
        services.AddSingleton<NodeWriter>();
        services.AddSingleton<UnansweredDeletions>();
        services.AddSingleton<UnansweredPublications>();
        services.AddSingleton<ImageDeletion>();
        services.AddSingleton<ImageFetches>();
        services.AddSingleton<ImageUsers>();
        services.AddSingleton<ImageSightings>();
        services.AddSingleton<GoneProvisioners>();
        services.AddSingleton(provider => new StatusWriter<Node, NodeSpec, NodeStatus>(
            provider.GetRequiredService<IResourceClient<Node>>(), provider.GetRequiredService<IEntityQueue<Node>>(), ApiJsonContext.Default.NodeStatus));
        services.AddSingleton(provider => new StatusWriter<Image, ImageSpec, ImageStatus>(
            provider.GetRequiredService<IResourceClient<Image>>(), provider.GetRequiredService<IEntityQueue<Image>>(), ApiJsonContext.Default.ImageStatus,
            (before, status) => provider.GetRequiredService<ReadyLog>().Wrote(before, before.Status?.Conditions, status.Conditions)));
        services.AddSingleton(provider => new StatusWriter<ImageCapture, ImageCaptureSpec, ImageCaptureStatus>(
            provider.GetRequiredService<IResourceClient<ImageCapture>>(), provider.GetRequiredService<IEntityQueue<ImageCapture>>(), ApiJsonContext.Default.ImageCaptureStatus,
            (before, status) => provider.GetRequiredService<ReadyLog>().Wrote(before, before.Status?.Conditions, status.Conditions)));
        services.AddSingleton(provider => new StatusWriter<Provisioner, ProvisionerSpec, ProvisionerStatus>(
            provider.GetRequiredService<IResourceClient<Provisioner>>(), provider.GetRequiredService<IEntityQueue<Provisioner>>(), ApiJsonContext.Default.ProvisionerStatus,
            (before, status) => provider.GetRequiredService<ReadyLog>().Wrote(before, before.Status?.Conditions, status.Conditions)));
    }

    private static void AddKinds(IOperatorBuilder builder) => builder
        .AddClient(BuiltInResources.Secrets)
        .AddClient(BuiltInResources.ConfigMaps)
        .AddResource(
            Resources.Nodes,
            (Resources.ByProvisioner, node => new[] { node.Spec.ProvisionerRef.Name, NodeSituation.ProvisionerOf(node) }.Distinct().Select(name => $"{node.Metadata.Namespace}/{name}")),
            (Resources.ByImage, node => node.Spec.ImageRef is { } image ? [$"{node.Metadata.Namespace}/{image.Name}"] : []))
        .AddResource(Resources.Images)
        .AddResource(Resources.ImageCaptures, (Resources.ByNode, capture => [$"{capture.Metadata.Namespace}/{capture.Spec.NodeRef.Name}"]))
        .AddResource(Resources.Provisioners);

    private static void AddControllers(IOperatorBuilder builder, OperatorSettings settings) => builder
        .AddController<NodeController, Node>(controller => controller
            .MaxConcurrent(settings.Concurrency)
            .Watches<Image>((image, services) => Nodes(services, Resources.ByImage, image), change => Predicates.GenerationChanged(change) || IsElsewhere(change))
            .Watches<Provisioner>((provisioner, services) => Nodes(services, Resources.ByProvisioner, provisioner), Predicates.GenerationChanged)
            .Watches<Image>(NodesThatCaptureInto, change => change.Kind == ResourceEventKind.Deleted)
            .Watches<ImageCapture>((capture, _) => [new(capture.Metadata.Namespace ?? "", capture.Spec.NodeRef.Name)], IsNewOrFinished))
        .AddController<ImageController, Image>(controller => controller
            .MaxConcurrent(8)
            .WithPredicate(Predicates.GenerationChanged)
            .Watches<Node>(ImageThatIsMissing, change => Predicates.GenerationChanged(change) || HasMissedImage(change))
            .Watches<Provisioner>((provisioner, services) => services.GetRequiredService<IResourceCache<Image>>().List(provisioner.Metadata.Namespace).Select(NamespacedName.Of), Predicates.GenerationChanged))
        .AddController<ImageCaptureController, ImageCapture>(controller => controller
            .MaxConcurrent(16)
            .WithPredicate(Predicates.GenerationChanged)
            .Watches<Node>((node, services) => services.GetRequiredService<IResourceCache<ImageCapture>>().ByIndex(Resources.ByNode, $"{node.Metadata.Namespace}/{node.Metadata.Name}").Select(NamespacedName.Of))
            .Watches<Image>((image, services) => services.GetRequiredService<IResourceCache<ImageCapture>>().List(image.Metadata.Namespace).Where(capture => capture.Spec.ImageName == image.Metadata.Name).Select(NamespacedName.Of), Predicates.GenerationChanged))
        .AddController<ProvisionerController, Provisioner>(controller => controller
            .MaxConcurrent(8)
            .WithPredicate(Predicates.GenerationChanged));

    private static IEnumerable<NamespacedName> Nodes(IServiceProvider services, string index, IKubernetesEntity entity) =>
        services.GetRequiredService<IResourceCache<Node>>().ByIndex(index, $"{entity.Metadata.Namespace}/{entity.Metadata.Name}").Select(NamespacedName.Of);

    /// <summary>The name of the Image has become free.</summary>
    private static IEnumerable<NamespacedName> NodesThatCaptureInto(Image image, IServiceProvider services) => services
        .GetRequiredService<IResourceCache<ImageCapture>>().List(image.Metadata.Namespace)
        .Where(capture => capture.Spec.ImageName == image.Metadata.Name && capture.Status?.FinishedTime is null)
        .Select(capture => new NamespacedName(image.Metadata.Namespace ?? "", capture.Spec.NodeRef.Name));

    /// <summary>The image of a Node, if it was not seen where the Node needs it. One without status may be looked at just now, by a look that began before it knew of the Node.</summary>
    private static IEnumerable<NamespacedName> ImageThatIsMissing(Node node, IServiceProvider services) =>
        node.Spec.ImageRef is { } reference && services.GetRequiredService<IResourceCache<Image>>().Get(new(node.Metadata.Namespace ?? "", reference.Name)) is { } image
        && (HasMissed(node) || image.Status?.Locations.Any(location => location.Provisioner == node.Spec.ProvisionerRef.Name) != true)
            ? [NamespacedName.Of(image)]
            : [];

    private static bool HasMissedImage(ResourceEvent<Node> change) => HasMissed(change.Entity) && change.Previous is { } previous && !HasMissed(previous);

    private static bool HasMissed(Node node) => node.Status?.Retry?.Reason == Reasons.ImageFileMissing;

    /// <summary>Whether the image has come to, or gone from, a place, or is fetched there for another reason than before.</summary>
    private static bool IsElsewhere(ResourceEvent<Image> change) =>
        !Places(change.Previous).SequenceEqual(Places(change.Entity));

    private static IEnumerable<string> Places(Image? image) => image?.Status is { } status
        ? [.. status.Locations.Select(location => location.Provisioner), .. status.Fetches.Select(fetch => $"{fetch.Provisioner}/{fetch.Reason}")]
        : [];

    private static bool IsNewOrFinished(ResourceEvent<ImageCapture> change) =>
        change.Kind != ResourceEventKind.Updated || change.Entity.Metadata.DeletionTimestamp is not null || change.Previous?.Status?.FinishedTime != change.Entity.Status?.FinishedTime;
}

using Microsoft.Extensions.Logging;
using Provisioning.Api.Machines;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Guests;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Engines.Targets;
using Provisioning.Engines.XCat.Hosts;
using Provisioning.Engines.XCat.Images;
using Provisioning.Engines.XCat.Operations;
using Provisioning.OperatingSystems;
using Provisioning.Ssh;
using Provisioning.Ssh.Pooling;

namespace Provisioning.Engines.XCat;

/// <summary>Machines that an xCAT management node drives, which is reached by SSH.</summary>
internal sealed class XCatEngine : IProvisioningEngine
{
    private readonly SshSessionShare _sessions;
    private readonly ManagementNode _host;
    private readonly ImageLibrary _images;
    private readonly NodeObserver _observer;
    private readonly NodeSteps _nodes;
    private readonly LoadSteps _load;
    private readonly ConfigureSteps _configure;
    private readonly CaptureSteps _capture;
    private readonly PowerSteps _power;
    private readonly UnloadSteps _unload;
    private readonly ILogger _logger;

    public XCatEngine(
        ProvisionerTarget provisioner, ISshConnector connector, SshSessionPool pool, IReadOnlyList<IOperatingSystemModule> modules, TimeProvider clock, Random random, ILoggerFactory loggers)
    {
        var spec = provisioner.Spec.XCat ?? throw new ArgumentException("A Provisioner of type XCat needs the section xcat.", nameof(provisioner));
        _logger = loggers.CreateLogger<XCatEngine>();
        _sessions = pool.Join(RemoteHost.EndpointOf(spec, "xcat", provisioner), provisioner.Spec.Limits.Sessions);
        _host = new(spec, TimeSpan.FromSeconds(provisioner.Spec.Timeouts.ObserveSeconds), _sessions, clock);
        var guests = new GuestAccess(connector, modules, clock);
        _images = new(_host, clock);
        _observer = new(_host, guests, clock);
        var waits = new GuestSteps(guests, clock);
        _nodes = new(_host, waits);
        var commands = new PowerCommands(_nodes, random);
        var postLoad = new PostLoadSteps(guests, waits, _nodes);
        var deployments = new DeploymentSteps(_host, _nodes, commands);
        _configure = new(_nodes, guests, postLoad);
        _load = new(_host, _images, _nodes, deployments, guests, waits, postLoad);
        _power = new(_nodes, commands, new(guests, waits));
        _unload = new(_host, _nodes, _power);
        _capture = new(_host, _images, _nodes, _power, new(_host, _nodes, _power, deployments), deployments, guests);
    }

    public EngineCapabilities Capabilities =>
        EngineCapabilities.Load | EngineCapabilities.Capture | EngineCapabilities.PowerOn | EngineCapabilities.PowerOff | EngineCapabilities.PowerReset
        | EngineCapabilities.PowerState | EngineCapabilities.Unload | EngineCapabilities.Images | EngineCapabilities.RetrieveImage | EngineCapabilities.DeleteImage;

    public Task<EngineReport> ProbeAsync(CancellationToken cancellationToken) => HostProbe.RunAsync(_host, cancellationToken);

    public Task<Observation> ObserveAsync(NodeTarget node, CancellationToken cancellationToken) => _observer.ObserveAsync(node, cancellationToken);

    public Task<CurrentImageReading> GetCurrentImageAsync(NodeTarget node, CancellationToken cancellationToken) => _observer.GetCurrentImageAsync(node, cancellationToken);

    public Task<OperationOutcome> LoadAsync(OperationContext operation, CancellationToken cancellationToken) =>
        DriveAsync(operation, () => _load.ContinueAsync(operation, cancellationToken));

    public Task<OperationOutcome> PostLoadAsync(OperationContext operation, CancellationToken cancellationToken) =>
        DriveAsync(operation, () => _configure.ContinueAsync(operation, cancellationToken));

    public Task<OperationOutcome> CaptureAsync(OperationContext operation, CancellationToken cancellationToken) =>
        DriveAsync(operation, () => _capture.ContinueAsync(operation, cancellationToken));

    public Task<OperationOutcome> PowerOnAsync(OperationContext operation, CancellationToken cancellationToken) =>
        DriveAsync(operation, () => _power.OnAsync(operation, cancellationToken));

    public Task<OperationOutcome> PowerOffAsync(OperationContext operation, PowerOffMode mode, CancellationToken cancellationToken) =>
        DriveAsync(operation, () => _power.OffAsync(operation, mode, cancellationToken));

    public Task<OperationOutcome> PowerResetAsync(OperationContext operation, CancellationToken cancellationToken) =>
        DriveAsync(operation, () => _power.ResetAsync(operation, cancellationToken));

    public Task<OperationOutcome> UnloadAsync(OperationContext operation, CancellationToken cancellationToken) =>
        DriveAsync(operation, () => _unload.ContinueAsync(operation, cancellationToken));

    public Task<OperationOutcome> AbandonAsync(OperationContext operation, CancellationToken cancellationToken) => DriveAsync(operation, async () =>
    {
        var machine = _nodes.MachineOf(operation);
        var report = await _host.AbandonAsync(machine, operation, CaptureScripts.Abandon,
            [machine.Name, machine.Directory, operation.Operation.Id, _host.Spec.ImageDirectory], cancellationToken);
        return JobOutcomes.Pending(report, "Abandon", $"Setting the node {machine.Name} to boot from its disk, and removing what the operation left", operation)
            ?? OperationOutcome.Succeeded("What the operation left is removed.");
    });

    public Task<OperationOutcome> ReleaseAsync(NodeTarget node, CancellationToken cancellationToken) =>
        Interruptions.OrderAsync(() => ClaimRelease.RunAsync(_host, node, cancellationToken));

    public Task<ImageAnswer> GetImageAsync(ImageTarget image, bool verify, CancellationToken cancellationToken) =>
        Interruptions.AskAsync(() => _images.GetAsync(image, verify, cancellationToken));

    public IImageSource? OpenImage(ImageTarget image, ImageAnswer answer, string name) => _images.Open(image, answer, name);

    public Task<OperationOutcome> RetrieveImageAsync(ImageTarget image, IImageSource source, CancellationToken cancellationToken) =>
        Interruptions.FetchAsync(source, () => _images.RetrieveAsync(image, source, cancellationToken));

    public Task<OperationOutcome> DeleteImageAsync(ImageTarget image, CancellationToken cancellationToken) =>
        Interruptions.OrderAsync(() => _images.DeleteAsync(image, cancellationToken));

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _sessions.DisposeAsync();
    }

    private Task<OperationOutcome> DriveAsync(OperationContext operation, Func<Task<OperationOutcome>> step) => Interruptions.DriveAsync(operation, _logger, step);
}

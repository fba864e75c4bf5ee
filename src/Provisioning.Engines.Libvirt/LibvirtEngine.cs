using Microsoft.Extensions.Logging;
using Provisioning.Api.Machines;
using Provisioning.Engines.Libvirt.Hosts;
using Provisioning.Engines.Libvirt.Images;
using Provisioning.Engines.Libvirt.Machines;
using Provisioning.Engines.Libvirt.Operations;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Guests;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Engines.Targets;
using Provisioning.OperatingSystems;
using Provisioning.Ssh;
using Provisioning.Ssh.Jobs;
using Provisioning.Ssh.Pooling;

namespace Provisioning.Engines.Libvirt;

/// <summary>Virtual machines on a libvirt host that is reached by SSH.</summary>
internal sealed class LibvirtEngine : IProvisioningEngine
{
    private readonly SshSessionShare _sessions;
    private readonly VmHost _host;
    private readonly ImageLibrary _images;
    private readonly MachineObserver _observer;
    private readonly MachineSteps _machines;
    private readonly LoadSteps _load;
    private readonly ConfigureSteps _configure;
    private readonly CaptureSteps _capture;
    private readonly PowerSteps _power;
    private readonly UnloadSteps _unload;
    private readonly ILogger _logger;

    public LibvirtEngine(
        ProvisionerTarget provisioner, ISshConnector connector, SshSessionPool pool, IReadOnlyList<IOperatingSystemModule> modules, TimeProvider clock, ILoggerFactory loggers)
    {
        var spec = provisioner.Spec.Libvirt ?? throw new ArgumentException("A Provisioner of type Libvirt needs the section libvirt.", nameof(provisioner));
        _logger = loggers.CreateLogger<LibvirtEngine>();
        _sessions = pool.Join(RemoteHost.EndpointOf(spec, "libvirt", provisioner), provisioner.Spec.Limits.Sessions);
        _host = new(spec, _sessions);
        var guests = new GuestAccess(connector, modules, clock);
        _images = new(_host, clock);
        _observer = new(_host, guests, clock);
        var waits = new GuestSteps(guests, clock);
        _machines = new(_host, waits);
        var postLoad = new PostLoadSteps(guests, waits, _machines);
        _configure = new(_machines, guests, postLoad);
        _load = new(_host, _images, _machines, guests, waits, postLoad);
        _capture = new(_host, _machines, guests);
        _power = new(_host, _machines, new(guests, waits));
        _unload = new(_host, _machines);
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
        var machine = _machines.MachineOf(operation);
        var id = operation.Operation.Id;
        string[] arguments = [machine.Directory, Machine.DiskName(id), CaptureSteps.TemporaryPath(machine.Spec.ImageDirectory, id)];
        var report = await _host.AbandonAsync(machine.Scope(operation), MachineScripts.RemoveLeftovers, arguments, cancellationToken);
        return JobOutcomes.Pending(report, "Abandon", "Removing what the operation left", operation) ?? OperationOutcome.Succeeded("What the operation left is removed.");
    });

    public Task<ImageAnswer> GetImageAsync(ImageTarget image, bool verify, CancellationToken cancellationToken) =>
        Interruptions.AskAsync(() => _images.GetAsync(image, verify, cancellationToken));

    public IImageSource? OpenImage(ImageTarget image, ImageAnswer answer, string name) => _images.Open(image, answer, name);

    public Task<OperationOutcome> RetrieveImageAsync(ImageTarget image, IImageSource source, CancellationToken cancellationToken) =>
        Interruptions.FetchAsync(source, () => _images.RetrieveAsync(image, source, cancellationToken));

    public Task<OperationOutcome> DeleteImageAsync(ImageTarget image, CancellationToken cancellationToken) =>
        Interruptions.OrderAsync(() => _images.DeleteAsync(image, cancellationToken));

    public ValueTask DisposeAsync() => _sessions.DisposeAsync();

    private Task<OperationOutcome> DriveAsync(OperationContext operation, Func<Task<OperationOutcome>> step) => Interruptions.DriveAsync(operation, _logger, step);
}

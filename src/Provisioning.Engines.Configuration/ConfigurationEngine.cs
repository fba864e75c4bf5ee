using Microsoft.Extensions.Logging;
using Provisioning.Api.Machines;
using Provisioning.Engines.Configuration.Images;
using Provisioning.Engines.Configuration.Operations;
using Provisioning.Engines.Configuration.Services;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Engines.Targets;
using Provisioning.Ssh;
using Provisioning.Ssh.Pooling;

namespace Provisioning.Engines.Configuration;

/// <summary>Configurations of services and devices on a host that is reached by SSH.</summary>
internal sealed class ConfigurationEngine : IProvisioningEngine
{
    private readonly SshSessionShare _sessions;
    private readonly ServiceHost _host;
    private readonly ConfigurationLibrary _library;
    private readonly ServiceObserver _observer;
    private readonly ApplySteps _apply;
    private readonly CaptureSteps _capture;
    private readonly ILogger _logger;

    public ConfigurationEngine(ProvisionerTarget provisioner, ISshConnector connector, SshSessionPool pool, TimeProvider clock, ILoggerFactory loggers)
    {
        var spec = provisioner.Spec.Configuration ?? throw new ArgumentException("A Provisioner of type Configuration needs the section configuration.", nameof(provisioner));
        _logger = loggers.CreateLogger<ConfigurationEngine>();
        _sessions = pool.Join(RemoteHost.EndpointOf(spec, "configuration", provisioner), provisioner.Spec.Limits.Sessions);
        _host = new(spec, _sessions);
        _library = new(_host, clock);
        _observer = new(_host, clock);
        _apply = new(_host);
        _capture = new(_host);
    }

    public EngineCapabilities Capabilities =>
        EngineCapabilities.Load | EngineCapabilities.Capture | EngineCapabilities.Images | EngineCapabilities.RetrieveImage | EngineCapabilities.DeleteImage;

    public Task<EngineReport> ProbeAsync(CancellationToken cancellationToken) => HostProbe.RunAsync(_host, cancellationToken);

    public Task<Observation> ObserveAsync(NodeTarget node, CancellationToken cancellationToken) => _observer.ObserveAsync(node, cancellationToken);

    public Task<CurrentImageReading> GetCurrentImageAsync(NodeTarget node, CancellationToken cancellationToken) => _observer.GetCurrentImageAsync(node, cancellationToken);

    public Task<OperationOutcome> LoadAsync(OperationContext operation, CancellationToken cancellationToken) =>
        Interruptions.DriveAsync(operation, _logger, () => _apply.ContinueAsync(operation, cancellationToken));

    /// <summary>Ends a replacement that came to no end: the content is the wanted one, but whether the service works with it was not proven.</summary>
    public Task<OperationOutcome> PostLoadAsync(OperationContext operation, CancellationToken cancellationToken) =>
        Interruptions.DriveAsync(operation, _logger, () => _apply.ContinueAsync(operation, cancellationToken));

    public Task<OperationOutcome> CaptureAsync(OperationContext operation, CancellationToken cancellationToken) =>
        Interruptions.DriveAsync(operation, _logger, () => _capture.ContinueAsync(operation, cancellationToken));

    public Task<OperationOutcome> AbandonAsync(OperationContext operation, CancellationToken cancellationToken) =>
        Interruptions.DriveAsync(operation, _logger, () => _apply.AbandonAsync(operation, cancellationToken));

    public Task<OperationOutcome> ReleaseAsync(NodeTarget node, CancellationToken cancellationToken) =>
        Interruptions.OrderAsync(() => Release.RunAsync(_host, node, cancellationToken));

    public Task<ImageAnswer> GetImageAsync(ImageTarget image, bool verify, CancellationToken cancellationToken) =>
        Interruptions.AskAsync(() => _library.GetAsync(image, cancellationToken));

    public IImageSource? OpenImage(ImageTarget image, ImageAnswer answer, string name) => _library.Open(image, answer, name);

    public Task<OperationOutcome> RetrieveImageAsync(ImageTarget image, IImageSource source, CancellationToken cancellationToken) =>
        Interruptions.FetchAsync(source, () => _library.RetrieveAsync(image, source, cancellationToken));

    public Task<OperationOutcome> DeleteImageAsync(ImageTarget image, CancellationToken cancellationToken) =>
        Interruptions.OrderAsync(() => _library.DeleteAsync(image, cancellationToken));

    public ValueTask DisposeAsync() => _sessions.DisposeAsync();
}

using Microsoft.Extensions.Logging;
using Provisioning.Api.Machines;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Lab.Machines;
using Provisioning.Engines.Lab.Operations;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Guests;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Engines.Targets;
using Provisioning.OperatingSystems;
using Provisioning.Ssh;

namespace Provisioning.Engines.Lab;

/// <summary>Standalone machines that are reached by SSH only: prepared and verified, shut down and woken, never imaged.</summary>
internal sealed class LabEngine : IProvisioningEngine
{
    private readonly MachineObserver _observer;
    private readonly PrepareSteps _prepare;
    private readonly PowerSteps _power;
    private readonly AbandonSteps _abandon;
    private readonly ILogger _logger;

    public LabEngine(ProvisionerTarget provisioner, ISshConnector connector, IReadOnlyList<IOperatingSystemModule> modules, TimeProvider clock, ILoggerFactory loggers)
    {
        _logger = loggers.CreateLogger<LabEngine>();
        var guests = new GuestAccess(connector, modules, clock);
        var (waits, signs) = (new GuestSteps(guests, clock), new LifeSigns(clock));
        var waking = new Waking(new WakeUpCall(provisioner.Spec.Lab ?? new LabSpec()), signs);
        var arrivals = new Arrivals(waits, signs);
        _observer = new(guests, signs, clock);
        _power = new(guests, waits, arrivals, signs, waking, clock);
        _prepare = new(guests, arrivals, new PostLoadSteps(guests, waits, memory: null, keepsHostName: true, Fence.PassAsync), waking);
        _abandon = new(guests, signs);
    }

    public EngineCapabilities Capabilities =>
        EngineCapabilities.Load | EngineCapabilities.PowerOn | EngineCapabilities.PowerOff | EngineCapabilities.PowerReset | EngineCapabilities.PowerState;

    /// <summary>There is nothing between the operator and the machines that could be probed.</summary>
    public Task<EngineReport> ProbeAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(new EngineReport(Fact.Yes, Fact.Yes, "each machine by SSH", null));
    }

    public Task<Observation> ObserveAsync(NodeTarget node, CancellationToken cancellationToken) => _observer.ObserveAsync(node, cancellationToken);

    public async Task<CurrentImageReading> GetCurrentImageAsync(NodeTarget node, CancellationToken cancellationToken) => (await ObserveAsync(node, cancellationToken)).CurrentImage;

    public Task<OperationOutcome> LoadAsync(OperationContext operation, CancellationToken cancellationToken) =>
        Interruptions.DriveAsync(operation, _logger, () => _prepare.ContinueAsync(operation, cancellationToken));

    public Task<OperationOutcome> PostLoadAsync(OperationContext operation, CancellationToken cancellationToken) =>
        Interruptions.DriveAsync(operation, _logger, () => _prepare.ContinueAsync(operation, cancellationToken));

    public Task<OperationOutcome> PowerOnAsync(OperationContext operation, CancellationToken cancellationToken) =>
        Interruptions.DriveAsync(operation, _logger, () => _power.OnAsync(operation, cancellationToken));

    public Task<OperationOutcome> PowerOffAsync(OperationContext operation, PowerOffMode mode, CancellationToken cancellationToken) =>
        Interruptions.DriveAsync(operation, _logger, () => _power.OffAsync(operation, mode, cancellationToken));

    public Task<OperationOutcome> PowerResetAsync(OperationContext operation, CancellationToken cancellationToken) =>
        Interruptions.DriveAsync(operation, _logger, () => _power.ResetAsync(operation, cancellationToken));

    public Task<OperationOutcome> AbandonAsync(OperationContext operation, CancellationToken cancellationToken) => _abandon.RunAsync(operation, cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

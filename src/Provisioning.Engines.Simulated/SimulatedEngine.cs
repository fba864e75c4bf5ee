using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Simulated.Faults;
using Provisioning.Engines.Simulated.Machines;
using Provisioning.Engines.Simulated.Steps;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Simulated;

/// <summary>Machines in memory behind the contract that real ones have: durable steps, fences, three-valued facts, and faults to order.</summary>
public sealed class SimulatedEngine : IProvisioningEngine
{
    private readonly SimulatedMachineRoom room;
    private readonly ProvisionerTarget provisioner;
    private readonly SimulatedSpec spec;
    private readonly TimeProvider time;

    internal SimulatedEngine(SimulatedMachineRoom room, ProvisionerTarget provisioner, TimeProvider time)
    {
        this.room = room;
        this.provisioner = provisioner;
        this.time = time;
        spec = provisioner.Spec.Simulated ?? new();
    }

    /// <inheritdoc/>
    public EngineCapabilities Capabilities =>
        EngineCapabilities.Load | EngineCapabilities.Capture | EngineCapabilities.PowerOn | EngineCapabilities.PowerOff | EngineCapabilities.PowerReset
        | EngineCapabilities.PowerState | EngineCapabilities.Unload | EngineCapabilities.Images | EngineCapabilities.DeleteImage;

    /// <inheritdoc/>
    public Task<EngineReport> ProbeAsync(CancellationToken cancellationToken) => Answer(
        () => room.EndpointReachable
            ? new EngineReport(Fact.Yes, Fact.Yes, "memory", "simulated")
            : new EngineReport(Fact.Not(Reasons.HostUnreachable, "The simulated endpoint does not answer."), Fact.Unknown(Reasons.HostUnreachable), "memory", null),
        cancellationToken);

    /// <inheritdoc/>
    public Task<Observation> ObserveAsync(NodeTarget node, CancellationToken cancellationToken) => Answer(() => Observe(node), cancellationToken);

    /// <inheritdoc/>
    public Task<OperationOutcome> LoadAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        if (operation.Image is null)
            throw new ArgumentException("A load needs an image.", nameof(operation));
        return Run(LoadPlans.Load, operation, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<OperationOutcome> PostLoadAsync(OperationContext operation, CancellationToken cancellationToken) => Run(LoadPlans.PostLoad, operation, cancellationToken);

    /// <inheritdoc/>
    public Task<OperationOutcome> CaptureAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        if (operation.Capture is null)
            throw new ArgumentException("A capture needs an image to capture into.", nameof(operation));
        return Run(CapturePlan.Capture, operation, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<OperationOutcome> PowerOnAsync(OperationContext operation, CancellationToken cancellationToken) => Run(PowerPlans.On, operation, cancellationToken);

    /// <inheritdoc/>
    public Task<OperationOutcome> PowerOffAsync(OperationContext operation, PowerOffMode mode, CancellationToken cancellationToken) =>
        Run(mode == PowerOffMode.Hard ? PowerPlans.HardOff : PowerPlans.SoftOff, operation, cancellationToken);

    /// <inheritdoc/>
    public Task<OperationOutcome> PowerResetAsync(OperationContext operation, CancellationToken cancellationToken) => Run(PowerPlans.Reset, operation, cancellationToken);

    /// <inheritdoc/>
    public Task<OperationOutcome> UnloadAsync(OperationContext operation, CancellationToken cancellationToken) => Run(PowerPlans.Unload, operation, cancellationToken);

    /// <inheritdoc/>
    public Task<OperationOutcome> AbandonAsync(OperationContext operation, CancellationToken cancellationToken) =>
        OnMachine(operation, "Abandon", cell => StepMachine.Abandon(cell, operation, spec, room.Now), cancellationToken);

    /// <inheritdoc/>
    public Task<CurrentImageReading> GetCurrentImageAsync(NodeTarget node, CancellationToken cancellationToken) =>
        Answer(() => Observe(node).CurrentImage, cancellationToken);

    /// <inheritdoc/>
    public Task<ImageAnswer> GetImageAsync(ImageTarget image, bool verify, CancellationToken cancellationToken) => Answer(
        () => room.EndpointReachable
            ? room.Library.Find(provisioner.Namespace, image.FileName, image.Digest)
            : ImageAnswer.Unknown(Reasons.HostUnreachable, "The simulated endpoint does not answer."),
        cancellationToken);

    /// <inheritdoc/>
    public Task<OperationOutcome> DeleteImageAsync(ImageTarget image, CancellationToken cancellationToken) => Answer(() => DeleteImage(image), cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task<OperationOutcome> Run(Plan plan, OperationContext operation, CancellationToken cancellationToken) =>
        OnMachine(operation, plan.Kind.ToString(), cell => StepMachine.Call(cell, plan, operation, spec, room.Now), cancellationToken);

    private Task<OperationOutcome> OnMachine(OperationContext operation, string call, Func<MachineCell, OperationOutcome> act, CancellationToken cancellationToken) =>
        Answer(() =>
        {
            var cell = room.Cell(operation.Node.Namespace, operation.Node.Name);
            lock (cell.Gate)
            {
                var isUnplugged = cell.State.Reachability == SimulatedReachability.Unreachable || !room.EndpointReachable;
                var isLost = cell.Fault(SimulatedFaultKind.Unreachable, spec, operation.Operation.Id, call, cell.Calls++);
                ThrowIfUnreachable($"machine {cell.Key}", !isUnplugged && !isLost);
                return act(cell);
            }
        }, cancellationToken);

    private Observation Observe(NodeTarget node)
    {
        var cell = room.Cell(node.Namespace, node.Name);
        lock (cell.Gate)
        {
            var now = room.Now;
            cell.See(node, now);
            StepMachine.Settle(cell, now);
            var look = cell.Looks++;
            var isStale = LookFault(cell, SimulatedFaultKind.StaleReading, look);
            var isRefused = LookFault(cell, SimulatedFaultKind.CredentialRefused, look) || cell.RefusesLogin;
            var reaches = room.EndpointReachable ? cell.State.Reachability : SimulatedReachability.Unreachable;
            if (LookFault(cell, SimulatedFaultKind.Unreachable, look) && reaches == SimulatedReachability.Reachable)
                reaches = UnreachableFor(node, look);
            return Observing.Describe(isStale ? cell.Previous : cell.State, node, now, time.GetUtcNow(), reaches, isRefused);
        }
    }

    private OperationOutcome DeleteImage(ImageTarget image)
    {
        ThrowIfUnreachable($"image {image.Name}", room.EndpointReachable);
        if (room.Library.Find(provisioner.Namespace, image.FileName, image.Digest).Exists.Reason == Reasons.ImageDigestMismatch)
            return OperationOutcome.Failed(Reasons.ImageDigestMismatch, $"The file {image.FileName} is not image {image.Name} and was left alone. Remove it by hand if nobody needs it.", FailureKind.NeedsPerson);
        var user = room.Library.RemoveUnlessUsed(provisioner.Namespace, image.FileName, () => room.FindUser(provisioner.Namespace, image));
        return user is null
            ? OperationOutcome.Succeeded($"The file {image.FileName} is gone.")
            : OperationOutcome.Failed(Reasons.ImageInUse, $"Machine {user} still uses image {image.Name}. The file is deleted once no machine uses it: load another image on it, or unload it.");
    }

    private bool LookFault(MachineCell cell, SimulatedFaultKind kind, long look) => cell.Fault(kind, spec, "", FaultOccasion.Looking, look);

    /// <summary>Both ways of not answering come in turn where there is a system that can be deaf alone.</summary>
    private static SimulatedReachability UnreachableFor(NodeTarget node, long look) =>
        node.Spec.OperatingSystem.Type != OperatingSystemType.None && look % 2 == 0 ? SimulatedReachability.SystemUnreachable : SimulatedReachability.Unreachable;

    private static void ThrowIfUnreachable(string what, bool isReachable)
    {
        if (!isReachable)
            throw new SimulatedConnectionException($"The simulated endpoint of {what} does not answer. Nothing was done.");
    }

    private static Task<T> Answer<T>(Func<T> answer, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled<T>(cancellationToken);
        try
        {
            return Task.FromResult(answer());
        }
        catch (SimulatedConnectionException lost)
        {
            return Task.FromException<T>(lost);
        }
    }
}

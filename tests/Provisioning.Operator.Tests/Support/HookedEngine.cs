using Provisioning.Api.Machines;
using Provisioning.Api.Provisioners;
using Provisioning.Engines;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;

namespace Provisioning.Operator.Tests.Support;

/// <summary>Makes engines that tell the hooks of every call.</summary>
internal sealed class HookedEngineFactory(IProvisioningEngineFactory inner, EngineHooks hooks) : IProvisioningEngineFactory
{
    public ProvisionerType Type => inner.Type;

    public IProvisioningEngine Create(ProvisionerTarget provisioner)
    {
        Interlocked.Increment(ref hooks.Created);
        return new HookedEngine(inner.Create(provisioner), provisioner.Name, hooks);
    }
}

/// <summary>An engine that tells the hooks of every call.</summary>
internal sealed class HookedEngine(IProvisioningEngine inner, string provisioner, EngineHooks hooks) : IProvisioningEngine
{
    public EngineCapabilities Capabilities => inner.Capabilities | (hooks.Libraries is null ? EngineCapabilities.None : EngineCapabilities.RetrieveImage);

    public Task<EngineReport> ProbeAsync(CancellationToken cancellationToken) => hooks.Probe is { } probe ? probe(cancellationToken) : inner.ProbeAsync(cancellationToken);

    public async Task<Observation> ObserveAsync(NodeTarget node, CancellationToken cancellationToken)
    {
        await hooks.LookingAsync(node.Name, cancellationToken);
        return await inner.ObserveAsync(node, cancellationToken);
    }

    public Task<OperationOutcome> LoadAsync(OperationContext operation, CancellationToken cancellationToken) => RunAsync(operation, () => inner.LoadAsync(operation, cancellationToken));

    public Task<OperationOutcome> PostLoadAsync(OperationContext operation, CancellationToken cancellationToken) => RunAsync(operation, () => inner.PostLoadAsync(operation, cancellationToken));

    public Task<OperationOutcome> CaptureAsync(OperationContext operation, CancellationToken cancellationToken) => RunAsync(operation, () => inner.CaptureAsync(operation, cancellationToken));

    public Task<OperationOutcome> PowerOnAsync(OperationContext operation, CancellationToken cancellationToken) => RunAsync(operation, () => inner.PowerOnAsync(operation, cancellationToken));

    public Task<OperationOutcome> PowerOffAsync(OperationContext operation, PowerOffMode mode, CancellationToken cancellationToken) => RunAsync(operation, () => inner.PowerOffAsync(operation, mode, cancellationToken));

    public Task<OperationOutcome> PowerResetAsync(OperationContext operation, CancellationToken cancellationToken) => RunAsync(operation, () => inner.PowerResetAsync(operation, cancellationToken));

    public Task<OperationOutcome> UnloadAsync(OperationContext operation, CancellationToken cancellationToken) => RunAsync(operation, () => inner.UnloadAsync(operation, cancellationToken));

    public Task<OperationOutcome> AbandonAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        hooks.Places.Enqueue($"{provisioner} Abandon");
        return hooks.Abandon is { } abandon ? abandon(operation, cancellationToken) : inner.AbandonAsync(operation, cancellationToken);
    }

    public Task<OperationOutcome> ReleaseAsync(NodeTarget node, CancellationToken cancellationToken)
    {
        hooks.Places.Enqueue($"{provisioner} Release");
        return hooks.Release is { } release ? release(node, cancellationToken) : inner.ReleaseAsync(node, cancellationToken);
    }

    public Task<CurrentImageReading> GetCurrentImageAsync(NodeTarget node, CancellationToken cancellationToken) => inner.GetCurrentImageAsync(node, cancellationToken);

    public async Task<ImageAnswer> GetImageAsync(ImageTarget image, bool verify, CancellationToken cancellationToken)
    {
        if (hooks.Library is { } library)
            await library(provisioner, cancellationToken);
        return hooks.Libraries is { } libraries ? libraries.Get(provisioner, image) : await inner.GetImageAsync(image, verify, cancellationToken);
    }

    public IImageSource? OpenImage(ImageTarget image, ImageAnswer answer, string name) => hooks.Libraries?.Open(provisioner);

    public Task<OperationOutcome> RetrieveImageAsync(ImageTarget image, IImageSource source, CancellationToken cancellationToken) =>
        Task.FromResult(hooks.Libraries!.Retrieve(provisioner, image, source));

    public Task<OperationOutcome> DeleteImageAsync(ImageTarget image, CancellationToken cancellationToken) =>
        hooks.Libraries is { } libraries ? Task.FromResult(libraries.Delete(provisioner, image)) : inner.DeleteImageAsync(image, cancellationToken);

    public ValueTask DisposeAsync()
    {
        Interlocked.Increment(ref hooks.Disposed);
        return inner.DisposeAsync();
    }

    private Task<OperationOutcome> RunAsync(OperationContext operation, Func<Task<OperationOutcome>> verb)
    {
        hooks.Places.Enqueue($"{provisioner} {operation.Operation.Kind}");
        return hooks.RunAsync(operation, verb);
    }
}

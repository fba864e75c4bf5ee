using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines;

/// <summary>
/// The provisioning engine module interface: what every kind of machine must answer. One instance serves one Provisioner and is used by many
/// Nodes at a time.
/// <para>
/// Verbs are driven, not awaited: each call of <see cref="LoadAsync"/> and its like does at most one step, within seconds, and says what comes
/// next. Work that takes longer runs on the machine that executes it as a detached job, named by operation id and step, which the next call looks
/// at. Every step may be called again after a crash at any instant, before or after its effect, and must then not repeat the effect.
/// </para>
/// <para>Expected failures are answers (<see cref="OperationOutcome.Failed"/>, unknown facts). An exception means a defect or a broken connection; the call is repeated later.</para>
/// </summary>
public interface IProvisioningEngine : IAsyncDisposable
{
    /// <summary>The verbs that this engine has.</summary>
    EngineCapabilities Capabilities { get; }

    /// <summary>Whether the endpoint answers and accepts the login. Without side effects.</summary>
    Task<EngineReport> ProbeAsync(CancellationToken cancellationToken);

    /// <summary>node_status: gathers the facts about one machine. Without side effects. What cannot be told is unknown with a reason, never "no".</summary>
    Task<Observation> ObserveAsync(NodeTarget node, CancellationToken cancellationToken);

    /// <summary>
    /// load: puts the image of <see cref="OperationContext.Image"/> on the machine, from any beginning state. Ends with the machine on, the new system
    /// proven to be the one that answers, and post-load done.
    /// </summary>
    Task<OperationOutcome> LoadAsync(OperationContext operation, CancellationToken cancellationToken) =>
        Task.FromResult(OperationOutcome.NotSupported(OperationKind.Load));

    /// <summary>Configures the image that is already on the machine: the second half of load.</summary>
    Task<OperationOutcome> PostLoadAsync(OperationContext operation, CancellationToken cancellationToken) =>
        Task.FromResult(OperationOutcome.NotSupported(OperationKind.PostLoad));

    /// <summary>
    /// capture: turns the machine's contents into the image of <see cref="OperationContext.Capture"/>, verified and complete, or publishes nothing. Calls the
    /// operating system module's pre-capture itself. Ends with the machine off.
    /// </summary>
    Task<OperationOutcome> CaptureAsync(OperationContext operation, CancellationToken cancellationToken) =>
        Task.FromResult(OperationOutcome.NotSupported(OperationKind.Capture));

    /// <summary>power_on: success when the power state reads on, also when it did before.</summary>
    Task<OperationOutcome> PowerOnAsync(OperationContext operation, CancellationToken cancellationToken) =>
        Task.FromResult(OperationOutcome.NotSupported(OperationKind.PowerOn));

    /// <summary>power_off: success when the power state reads off, also when it did before.</summary>
    Task<OperationOutcome> PowerOffAsync(OperationContext operation, PowerOffMode mode, CancellationToken cancellationToken) =>
        Task.FromResult(OperationOutcome.NotSupported(OperationKind.PowerOff));

    /// <summary>power_reset: one reset per operation id, exactly, whatever dies in between. Success when the power state reads on afterwards.</summary>
    Task<OperationOutcome> PowerResetAsync(OperationContext operation, CancellationToken cancellationToken) =>
        Task.FromResult(OperationOutcome.NotSupported(OperationKind.PowerReset));

    /// <summary>
    /// unload: lets the machine go. It is off, nothing that the engine can remove of the image is left on it, nothing has it set to an image any more, and another Node may have it. What
    /// cannot be removed, such as what was installed on a disk that nobody can erase, the message says. Touches nothing that this product did not make.
    /// </summary>
    Task<OperationOutcome> UnloadAsync(OperationContext operation, CancellationToken cancellationToken) =>
        Task.FromResult(OperationOutcome.NotSupported(OperationKind.Unload));

    /// <summary>
    /// Stops what an operation left running and removes what it left half made. Succeeds also if there is nothing. The machine is left in a condition
    /// from which a new operation can begin.
    /// </summary>
    Task<OperationOutcome> AbandonAsync(OperationContext operation, CancellationToken cancellationToken) =>
        Task.FromResult(OperationOutcome.Succeeded("nothing to abandon"));

    /// <summary>
    /// The Node is about to be gone, and no operation of it runs: gives up what keeps other Nodes off its machine, and leaves the machine as it is. Succeeds also if there is nothing;
    /// gives up nothing that a Node created anew under the same name has taken over.
    /// </summary>
    Task<OperationOutcome> ReleaseAsync(NodeTarget node, CancellationToken cancellationToken) =>
        Task.FromResult(OperationOutcome.Succeeded("nothing to give up"));

    /// <summary>get_current_image: image, none, or unknown with the reason.</summary>
    Task<CurrentImageReading> GetCurrentImageAsync(NodeTarget node, CancellationToken cancellationToken) =>
        Task.FromResult(CurrentImageReading.Unknown(Api.Reasons.NotSupported));

    /// <summary>Whether the library has the image whole, and its size: get_image_size and does_image_exist in one look.</summary>
    /// <param name="image">The image.</param>
    /// <param name="verify">Also compares the digest of the contents, which may take several calls: the answer is then unknown with <see cref="Api.Reasons.OperationRunning"/> meanwhile.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<ImageAnswer> GetImageAsync(ImageTarget image, bool verify, CancellationToken cancellationToken) =>
        Task.FromResult(ImageAnswer.Unknown(Api.Reasons.NotSupported));

    /// <summary>Opens the image's file for copying it into the library of another Provisioner; null if the images of this engine cannot be copied.</summary>
    /// <param name="image">The image.</param>
    /// <param name="answer">What <see cref="GetImageAsync"/> said of it.</param>
    /// <param name="name">Name of this Provisioner, for messages.</param>
    IImageSource? OpenImage(ImageTarget image, ImageAnswer answer, string name) => null;

    /// <summary>
    /// retrieve_image: copies the image from another library into this one. Each call moves bytes for some seconds and is then to be called again; what has arrived stays, so
    /// that a copy is resumed by whoever calls next. The image appears in the library whole, with its digest compared, or not at all.
    /// </summary>
    Task<OperationOutcome> RetrieveImageAsync(ImageTarget image, IImageSource source, CancellationToken cancellationToken) =>
        Task.FromResult(OperationOutcome.Failed(Api.Reasons.NotSupported, "This engine cannot fetch images.", FailureKind.NeedsPerson));

    /// <summary>
    /// Deletes the image from the library, if it is there. One that is used stays: failed with <see cref="Api.Reasons.ImageInUse"/>, to be tried again. A command that got no answer is told by
    /// <see cref="OperationOutcome.NoAnswer"/> or an exception: while it may still be carried out, the Image is not let go.
    /// </summary>
    Task<OperationOutcome> DeleteImageAsync(ImageTarget image, CancellationToken cancellationToken) =>
        Task.FromResult(OperationOutcome.Failed(Api.Reasons.NotSupported, "This engine cannot delete images.", FailureKind.NeedsPerson));
}

/// <summary>How to power off.</summary>
public enum PowerOffMode
{
    /// <summary>Ask the operating system first; after the soft power-off timeout, hard.</summary>
    SoftThenHard,

    /// <summary>Cut the power at once.</summary>
    Hard,
}

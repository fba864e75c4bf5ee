using Provisioning.Api.Nodes;
using Provisioning.Ssh;

namespace Provisioning.OperatingSystems;

/// <summary>
/// What must happen inside an operating system, over an open SSH session: look, prepare a capture, configure after a load. A machine of type
/// <see cref="OperatingSystemType.None"/> has no module: nothing inside it is looked at or changed.
/// <para>
/// The two lists of steps may be run again at any time, after a crash in their middle too: what is done is not done twice. Expected failures are answers;
/// <see cref="SshFailureException"/> means that the connection gave no answer, and the call is repeated later.
/// </para>
/// </summary>
public interface IOperatingSystemModule
{
    /// <summary>The operating system that this module knows.</summary>
    OperatingSystemType Type { get; }

    /// <summary>Reads what the machine says about itself, in one command. Without side effects.</summary>
    Task<OperatingSystemReading> ObserveAsync(ISshSession session, CancellationToken cancellationToken);

    /// <summary>
    /// Makes the machine fit to be captured, and lets currentimage.txt name the image to be. To be called until <see cref="StepsOutcome.Complete"/> or a
    /// <see cref="StepsOutcome.FailedStep"/>. Afterwards the machine counts as not configured: before it is used again it needs post-load.
    /// </summary>
    Task<StepsOutcome> PrepareCaptureAsync(ISshSession session, CaptureIdentity identity, CancellationToken cancellationToken);

    /// <summary>
    /// Configures a machine on which an image was loaded, gives it an identity of its own and marks it as configured. To be called until
    /// <see cref="StepsOutcome.Complete"/> or a <see cref="StepsOutcome.FailedStep"/>; see <see cref="StepsOutcome.HostKeys"/> for what to record in between.
    /// </summary>
    Task<StepsOutcome> PostLoadAsync(ISshSession session, LoadIdentity identity, CancellationToken cancellationToken);

    /// <summary>
    /// Asks the operating system to power the machine off now; whether it did is seen in the power state or in its silence. Answers before the connection breaks. To be
    /// called again as often as one likes: complete means that it is asked for.
    /// </summary>
    /// <param name="session">A session with the rights of root.</param>
    /// <param name="operationId">The operation, by which a repeated call is told from a new one in the report.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<StepsOutcome> ShutDownAsync(ISshSession session, string operationId, CancellationToken cancellationToken);

    /// <summary>
    /// Asks the operating system to reboot the machine, once for an operation: a repeated call on the boot that was asked asks again (one reboot comes of it), and after
    /// it nothing is done. That the machine has rebooted is for the caller to see: in another boot id.
    /// </summary>
    /// <param name="session">A session with the rights of root.</param>
    /// <param name="operationId">The operation.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<StepsOutcome> RebootAsync(ISshSession session, string operationId, CancellationToken cancellationToken);
}

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
}

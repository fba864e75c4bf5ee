using Provisioning.Api.Nodes;
using Provisioning.Ssh;

namespace Provisioning.OperatingSystems.Linux;

/// <summary>Linux with an SSH server and a POSIX shell. Preparing it needs a login with the rights of root.</summary>
public sealed class LinuxModule : IOperatingSystemModule
{
    /// <inheritdoc/>
    public OperatingSystemType Type => OperatingSystemType.Linux;

    /// <inheritdoc/>
    public Task<OperatingSystemReading> ObserveAsync(ISshSession session, CancellationToken cancellationToken) => LinuxSteps.All.ObserveAsync(session, cancellationToken);

    /// <inheritdoc/>
    public Task<StepsOutcome> PrepareCaptureAsync(ISshSession session, CaptureIdentity identity, CancellationToken cancellationToken) =>
        LinuxSteps.All.PrepareCaptureAsync(session, identity, cancellationToken);

    /// <inheritdoc/>
    public Task<StepsOutcome> PostLoadAsync(ISshSession session, LoadIdentity identity, CancellationToken cancellationToken) =>
        LinuxSteps.All.PostLoadAsync(session, identity, cancellationToken);

    /// <inheritdoc/>
    public Task<StepsOutcome> ShutDownAsync(ISshSession session, string operationId, CancellationToken cancellationToken) =>
        LinuxSteps.All.AskAsync(session, LinuxSteps.All.PowerOff, operationId, cancellationToken);

    /// <inheritdoc/>
    public Task<StepsOutcome> RebootAsync(ISshSession session, string operationId, CancellationToken cancellationToken) =>
        LinuxSteps.All.AskAsync(session, LinuxSteps.All.Reboot, operationId, cancellationToken);
}

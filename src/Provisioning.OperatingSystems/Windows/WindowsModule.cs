using Provisioning.Api.Nodes;
using Provisioning.Ssh;

namespace Provisioning.OperatingSystems.Windows;

/// <summary>Windows with the OpenSSH server and Windows PowerShell 5.1 or newer. Preparing it needs a login with the rights of an administrator.</summary>
public sealed class WindowsModule : IOperatingSystemModule
{
    /// <inheritdoc/>
    public OperatingSystemType Type => OperatingSystemType.Windows;

    /// <inheritdoc/>
    public Task<OperatingSystemReading> ObserveAsync(ISshSession session, CancellationToken cancellationToken) => WindowsSteps.All.ObserveAsync(session, cancellationToken);

    /// <inheritdoc/>
    public Task<StepsOutcome> PrepareCaptureAsync(ISshSession session, CaptureIdentity identity, CancellationToken cancellationToken) =>
        WindowsSteps.All.PrepareCaptureAsync(session, identity, cancellationToken);

    /// <inheritdoc/>
    public Task<StepsOutcome> PostLoadAsync(ISshSession session, LoadIdentity identity, CancellationToken cancellationToken) =>
        WindowsSteps.All.PostLoadAsync(session, identity, cancellationToken);

    /// <inheritdoc/>
    public Task<StepsOutcome> ShutDownAsync(ISshSession session, string operationId, CancellationToken cancellationToken) =>
        WindowsSteps.All.AskAsync(session, WindowsSteps.All.PowerOff, operationId, cancellationToken);

    /// <inheritdoc/>
    public Task<StepsOutcome> RebootAsync(ISshSession session, string operationId, CancellationToken cancellationToken) =>
        WindowsSteps.All.AskAsync(session, WindowsSteps.All.Reboot, operationId, cancellationToken);
}

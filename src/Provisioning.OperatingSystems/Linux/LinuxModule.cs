using Provisioning.Api.Nodes;
using Provisioning.Ssh;

namespace Provisioning.OperatingSystems.Linux;

/// <summary>Linux with an SSH server and a POSIX shell. Needs root.</summary>
public sealed class LinuxModule : IOperatingSystemModule
{
    /// <inheritdoc/>
    public OperatingSystemType Type => OperatingSystemType.Linux;

    /// <inheritdoc/>
    public Task<OperatingSystemReading> ObserveAsync(ISshSession session, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<StepsOutcome> PrepareCaptureAsync(ISshSession session, CaptureIdentity identity, CancellationToken cancellationToken) =>
        throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<StepsOutcome> PostLoadAsync(ISshSession session, LoadIdentity identity, CancellationToken cancellationToken) =>
        throw new NotImplementedException();
}

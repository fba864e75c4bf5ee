using Provisioning.Ssh;

namespace Provisioning.Engines.Conformance.Remote;

/// <summary>A login on a machine, for <see cref="StandInSystems"/> only: it runs no commands.</summary>
internal sealed class StandInSession(string node, StandInSystem system) : ISshSession
{
    public string HostKey => system.ShownKey;

    public string Node => node;

    public StandInSystem System => system;

    public Task<SshResult> ExecuteAsync(ShellCommand command, SshExecuteOptions? options, CancellationToken cancellationToken) => throw new NotSupportedException("A stand-in runs no commands.");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

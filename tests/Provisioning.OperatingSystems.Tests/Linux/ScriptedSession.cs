using Provisioning.Ssh;

namespace Provisioning.OperatingSystems.Tests.Linux;

/// <summary>A session whose answers are written down, to see what the module makes of them.</summary>
internal sealed class ScriptedSession(Func<string, SshResult> answer) : ISshSession
{
    public List<string> Commands { get; } = [];

    public string HostKey { get; init; } = "ssh-ed25519 SHOWN";

    public Task<SshResult> ExecuteAsync(ShellCommand command, SshExecuteOptions? options, CancellationToken cancellationToken)
    {
        Commands.Add(command.ToString());
        return Task.FromResult(answer(command.ToString()));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

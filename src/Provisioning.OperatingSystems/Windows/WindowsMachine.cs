using System.Text;
using Provisioning.OperatingSystems.CurrentImages;
using Provisioning.OperatingSystems.Steps;
using Provisioning.Ssh;

namespace Provisioning.OperatingSystems.Windows;

/// <summary>One Windows machine over its session.</summary>
internal sealed class WindowsMachine(ISshSession session, StepArguments arguments) : IMachine
{
    // PowerShell takes seconds to start on a busy machine.
    private static readonly SshExecuteOptions Look = MachineAnswer.Options with { Timeout = TimeSpan.FromMinutes(1) };

    public string HostKey => session.HostKey;

    public async Task<MachineAnswer> ObserveAsync(CancellationToken cancellationToken)
    {
        var input = Input(WindowsScripts.Observe, [CurrentImageFile.MaximumBytes.ToString()], default);
        return MachineAnswer.Parse(await session.ExecuteAsync(PowerShellCommand.Command, Look with { Input = input }, cancellationToken));
    }

    public Task<StepAnswer> RunAsync(MachineStep step, IReadOnlyList<string> more, ReadOnlyMemory<byte> input, CancellationToken cancellationToken) => StepAnswer.OfAsync(
        step, session, options => session.ExecuteAsync(PowerShellCommand.Command, options with { Input = Input(step.Script, more, input) }, cancellationToken), cancellationToken);

    private byte[] Input(string script, IReadOnlyList<string> more, ReadOnlyMemory<byte> input) => PowerShellCommand.Input(script,
    [
        Value("stage", arguments.Stage),
        Value("operation", arguments.Operation),
        Value("load", arguments.Load),
        Value("hostname", arguments.Hostname),
        Value("image", arguments.ImageName),
        Value("revision", arguments.RevisionId),
        Value("digest", arguments.Digest),
        Value("namespace", arguments.NodeNamespace),
        Value("node", arguments.NodeName),
        .. more.Select((value, index) => Value($"argument{index + 1}", value)),
        ("input", input),
    ]);

    private static (string, ReadOnlyMemory<byte>) Value(string name, string value) => (name, Encoding.UTF8.GetBytes(value));
}

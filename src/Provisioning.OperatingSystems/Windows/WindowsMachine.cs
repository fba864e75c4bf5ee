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

    public async Task<MachineAnswer> ObserveAsync(CancellationToken cancellationToken) =>
        MachineAnswer.Parse(await PowerShellCommand.RunAsync(session, WindowsScripts.Observe, Values([CurrentImageFile.MaximumBytes.ToString()], default), Look, cancellationToken));

    public Task<StepAnswer> RunAsync(MachineStep step, IReadOnlyList<string> more, ReadOnlyMemory<byte> input, CancellationToken cancellationToken) => StepAnswer.OfAsync(
        step, session, options => PowerShellCommand.RunAsync(session, step.Script, Values(more, input), options, cancellationToken), cancellationToken);

    private (string, ReadOnlyMemory<byte>)[] Values(IReadOnlyList<string> more, ReadOnlyMemory<byte> input) =>
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
    ];

    private static (string, ReadOnlyMemory<byte>) Value(string name, string value) => (name, Encoding.UTF8.GetBytes(value));
}

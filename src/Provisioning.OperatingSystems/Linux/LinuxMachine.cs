using Provisioning.OperatingSystems.CurrentImages;
using Provisioning.OperatingSystems.Steps;
using Provisioning.Ssh;

namespace Provisioning.OperatingSystems.Linux;

/// <summary>One Linux machine over its session.</summary>
internal sealed class LinuxMachine(ISshSession session, StepArguments arguments) : IMachine
{
    public string HostKey => session.HostKey;

    public async Task<MachineAnswer> ObserveAsync(CancellationToken cancellationToken)
    {
        var command = ShellCommand.Script(LinuxScripts.Observe, [.. arguments.ToArray(), CurrentImageFile.MaximumBytes.ToString()]);
        return MachineAnswer.Parse(await session.ExecuteAsync(command, MachineAnswer.Options, cancellationToken));
    }

    public Task<StepAnswer> RunAsync(MachineStep step, IReadOnlyList<string> more, ReadOnlyMemory<byte> input, CancellationToken cancellationToken) =>
        StepAnswer.OfAsync(
            step, session, options => session.ExecuteAsync(ShellCommand.Script(step.Script, [.. arguments.ToArray(), .. more]), options with { Input = input }, cancellationToken), cancellationToken);
}

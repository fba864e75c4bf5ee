using Provisioning.OperatingSystems.CurrentImages;
using Provisioning.Ssh;

namespace Provisioning.OperatingSystems.Linux;

/// <summary>One Linux machine over its session: sends scripts and reads what they answer.</summary>
internal sealed class LinuxMachine(ISshSession session, StepArguments arguments)
{
    private const int MaximumConflicts = 3;

    public async Task<MachineAnswer> ObserveAsync(CancellationToken cancellationToken)
    {
        var command = ShellCommand.Script(LinuxScripts.Observe, [.. arguments.ToArray(), CurrentImageFile.MaximumBytes.ToString()]);
        return MachineAnswer.Parse(await session.ExecuteAsync(command, MachineAnswer.Options, cancellationToken));
    }

    public async Task<StepAnswer> RunAsync(LinuxStep step, CancellationToken cancellationToken) =>
        await RunAsync(step, [], cancellationToken);

    public async Task<StepAnswer> RunAsync(LinuxStep step, string[] more, CancellationToken cancellationToken) =>
        await RunAsync(step, more, input: default, cancellationToken);

    /// <summary>
    /// Reads currentimage.txt, and writes what the edit makes of it if that differs. The script refuses if somebody else wrote in between; the edit is then made
    /// anew, so that no line of anybody is lost.
    /// </summary>
    public async Task<StepAnswer> EditCurrentImageAsync(LinuxStep step, Func<CurrentImageFile?, CurrentImageFile?> edit, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var machine = await ObserveAsync(cancellationToken);
            var wanted = edit(machine.File);
            if (wanted is null)
                return StepAnswer.Failed($"{machine.Facts.Image.Detail ?? "currentimage.txt is not what was just written."} Look at it on the machine.");
            if (machine.File is { Unterminated: false } present && present.Render().AsSpan().SequenceEqual(wanted.Render()))
                return new(StepState.Unchanged, null, [], []);

            var answer = await RunAsync(step, [machine.Stamp], wanted.Render(), cancellationToken);
            var conflict = answer.State == StepState.Failed && answer.Message?.StartsWith("conflict:", StringComparison.Ordinal) == true;
            if (!conflict || attempt == MaximumConflicts)
                return answer;
        }
    }

    private async Task<StepAnswer> RunAsync(LinuxStep step, string[] more, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        var options = new SshExecuteOptions { Input = input, Timeout = step.Timeout, MaximumOutputBytes = 16 * 1024 };
        try
        {
            return StepAnswer.Parse(await session.ExecuteAsync(ShellCommand.Script(step.Script, [.. arguments.ToArray(), .. more]), options, cancellationToken));
        }
        catch (SshFailureException failure) when (failure.Kind == SshFailureKind.TimedOut)
        {
            return StepAnswer.Failed($"The step did not end within {step.Timeout.TotalSeconds:0} s: see what hangs on the machine.");
        }
    }
}

using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Provisioning.Ssh;

namespace Provisioning.OperatingSystems.Steps;

/// <summary>What a step said of itself.</summary>
/// <param name="State">What became of it.</param>
/// <param name="Message">The rest of what it said: bounded, one line; null if nothing.</param>
/// <param name="HostKeys">Host keys in place.</param>
/// <param name="NewHostKeys">Host keys that were made and are not in place.</param>
internal sealed record StepAnswer(StepState State, string? Message, IReadOnlyList<string> HostKeys, IReadOnlyList<string> NewHostKeys)
{
    public const int MaximumMessage = 400;
    public const int MaximumOutput = 1024;

    private const int MaximumAnswer = 32 * 1024;

    private const string Verdict = "provisioning-step: ";
    private const string HostKey = "host-key ";
    private const string NewHostKey = "new-host-key ";
    private const string Output = "output ";
    private const string EncodedOutput = "output64 ";
    private const string Exit = "exit-code ";

    /// <summary>For a hook: exit code of the program.</summary>
    public int? ExitCode { get; init; }

    /// <summary>For a hook: the end of what the program printed, its lines cleaned; null if nothing.</summary>
    public string? Said { get; init; }

    public static StepAnswer Unchanged { get; } = new(StepState.Unchanged, null, [], []);

    private static readonly SshExecuteOptions Heartbeat = new() { Timeout = TimeSpan.FromSeconds(5), MaximumOutputBytes = 64 };

    /// <summary>Runs a step and reads its answer. One that takes too long on a machine that answers otherwise has failed.</summary>
    /// <exception cref="SshFailureException">The machine does not answer any more: what became of the step is not known.</exception>
    public static async Task<StepAnswer> OfAsync(MachineStep step, ISshSession session, Func<SshExecuteOptions, Task<SshResult>> run, CancellationToken cancellationToken)
    {
        try
        {
            return Parse(await run(new() { Timeout = step.Timeout, MaximumOutputBytes = MaximumAnswer }));
        }
        catch (SshFailureException failure) when (failure.Kind == SshFailureKind.TimedOut)
        {
            // A network that was cut in the middle shows as nothing but a time-out. Whatever shell it is, an answer is a sign of life.
            await session.ExecuteAsync(ShellCommand.Of("true"), Heartbeat, cancellationToken);
            return Failed($"The step did not end within {step.Timeout.TotalSeconds:0} s: see what hangs on the machine.");
        }
    }

    /// <summary>Reads an answer. All that is not the clear word of the script is a failure.</summary>
    public static StepAnswer Parse(SshResult result)
    {
        var lines = result.Output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var state = lines.Length > 0 && !result.OutputTruncated && result.IsSuccess ? ToState(lines[^1]) : null;
        if (state is null && result.OutputTruncated)
            return Failed("The machine's answer is longer than it may be, so nothing of it is believed. See what it prints to whoever logs in.");
        if (state is null)
        {
            var heard = Text.Clean($"{result.Output} {result.Error}", MaximumMessage - 100);
            return Failed($"The step ended with code {result.ExitCode} and gave no answer{(heard.Length > 0 ? $": {heard}" : ".")}");
        }

        List<string> keys = [], newKeys = [], said = [], rest = [];
        int? exitCode = null;
        foreach (var line in lines[..^1])
        {
            if (line.StartsWith(HostKey, StringComparison.Ordinal))
                keys.Add(line[HostKey.Length..]);
            else if (line.StartsWith(NewHostKey, StringComparison.Ordinal))
                newKeys.Add(line[NewHostKey.Length..]);
            else if (line.StartsWith(Output, StringComparison.Ordinal))
                said.Add(line[Output.Length..]);
            else if (line.StartsWith(EncodedOutput, StringComparison.Ordinal))
                said.AddRange(Decode(line[EncodedOutput.Length..]));
            else if (line.StartsWith(Exit, StringComparison.Ordinal))
                exitCode = int.TryParse(line[Exit.Length..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var code) ? code : null;
            else if (line != Output.TrimEnd())
                rest.Add(line);
        }

        if (newKeys.Count > PublicKeys.Maximum || newKeys.Exists(key => !PublicKeys.IsValid(key)))
            return Failed("The machine made SSH host keys of a kind that is not known: look at its programs ssh-keygen and dropbearkey.");

        var message = Text.Clean(string.Join(' ', rest), MaximumMessage);
        return new(state.Value, message.Length > 0 ? message : null, [.. keys.Where(PublicKeys.IsValid).Distinct().Take(PublicKeys.Maximum)], [.. newKeys.Distinct()])
        {
            ExitCode = exitCode,
            Said = Text.End(said, MaximumOutput),
        };
    }

    public static StepAnswer Failed(string message) => new(StepState.Failed, message, [], []);

    public static StepAnswer Skipped(string message) => new(StepState.Skipped, message, [], []);

    private static string[] Decode(string encoded) => Base64.IsValid(encoded) ? Encoding.UTF8.GetString(Convert.FromBase64String(encoded)).Split('\n') : [];

    private static StepState? ToState(string line) => line switch
    {
        Verdict + "changed" => StepState.Changed,
        Verdict + "unchanged" => StepState.Unchanged,
        Verdict + "skipped" => StepState.Skipped,
        Verdict + "failed" => StepState.Failed,
        Verdict + "running" => StepState.Running,
        _ => null,
    };
}

/// <summary>What became of a step; the first four are those of reports.</summary>
internal enum StepState
{
    Changed,
    Unchanged,
    Skipped,
    Failed,

    /// <summary>It goes on in the machine; the same call tells later what became of it.</summary>
    Running,
}

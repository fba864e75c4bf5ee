using Provisioning.Ssh;

namespace Provisioning.OperatingSystems.Linux;

/// <summary>What a step said of itself.</summary>
/// <param name="State">What became of it.</param>
/// <param name="Message">The rest of what it said: bounded, one line; null if nothing.</param>
/// <param name="HostKeys">Host keys in place.</param>
/// <param name="NewHostKeys">Host keys that were made and are not in place.</param>
internal sealed record StepAnswer(StepState State, string? Message, IReadOnlyList<string> HostKeys, IReadOnlyList<string> NewHostKeys)
{
    public const int MaximumMessage = 400;

    private const string Verdict = "provisioning-step: ";
    private const string HostKey = "host-key ";
    private const string NewHostKey = "new-host-key ";

    /// <summary>Reads an answer. All that is not the clear word of the script is a failure.</summary>
    public static StepAnswer Parse(SshResult result)
    {
        var lines = result.Output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var state = lines.Length > 0 && !result.OutputTruncated && result.IsSuccess ? ToState(lines[^1]) : null;
        if (state is null)
        {
            var said = Text.Clean($"{result.Output} {result.Error}", MaximumMessage - 100);
            return Failed($"The step ended with code {result.ExitCode} and gave no answer{(said.Length > 0 ? $": {said}" : ".")}");
        }

        List<string> keys = [], newKeys = [], rest = [];
        foreach (var line in lines[..^1])
        {
            if (line.StartsWith(HostKey, StringComparison.Ordinal))
                keys.Add(line[HostKey.Length..]);
            else if (line.StartsWith(NewHostKey, StringComparison.Ordinal))
                newKeys.Add(line[NewHostKey.Length..]);
            else
                rest.Add(line);
        }

        if (newKeys.Count > PublicKeys.Maximum || newKeys.Exists(key => !PublicKeys.IsValid(key)))
            return Failed("The machine made SSH host keys of a kind that is not known: look at its programs ssh-keygen and dropbearkey.");

        var message = Text.Clean(string.Join(' ', rest), MaximumMessage);
        return new(state.Value, message.Length > 0 ? message : null, [.. keys.Where(PublicKeys.IsValid).Distinct().Take(PublicKeys.Maximum)], [.. newKeys.Distinct()]);
    }

    public static StepAnswer Failed(string message) => new(StepState.Failed, message, [], []);

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

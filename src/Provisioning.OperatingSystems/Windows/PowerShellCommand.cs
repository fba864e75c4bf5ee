using System.Text;
using Provisioning.Ssh;

namespace Provisioning.OperatingSystems.Windows;

/// <summary>
/// How a script reaches PowerShell whatever shell the SSH server starts: the command line is one constant of harmless characters, and short enough for cmd.exe; script
/// and values come by standard input as base64, so that none of them can become syntax.
/// </summary>
internal static class PowerShellCommand
{
    /// <summary>
    /// As Ansible does it: <c>$input</c> holds the lines of standard input, which the host reads itself where a command is given.
    /// </summary>
    public const string Bootstrap = """
        $ErrorActionPreference = 'Stop'
        $ProgressPreference = 'SilentlyContinue'
        $lines = @($input)
        $values = @{}
        foreach ($line in $lines) {
            $name, $value = ([string]$line).Trim().Split(' ')
            $values[$name] = [string]$value
        }
        & ([ScriptBlock]::Create([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($values['script'])))) $values
        """;

    /// <summary>The command line.</summary>
    public static ShellCommand Command { get; } = ShellCommand.Of(
        "powershell.exe", "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-EncodedCommand", Convert.ToBase64String(Encoding.Unicode.GetBytes(Bootstrap)));

    /// <summary>Runs a script with values; what comes back is what it said itself.</summary>
    /// <exception cref="SshFailureException">The machine did not answer.</exception>
    public static async Task<SshResult> RunAsync(ISshSession session, string script, IEnumerable<(string Name, ReadOnlyMemory<byte> Value)> values, SshExecuteOptions options, CancellationToken cancellationToken)
    {
        var mark = $"provisioning-{Guid.NewGuid():N}";
        var input = Input(script, values.Prepend(("mark", Encoding.ASCII.GetBytes(mark))));
        return PowerShellOutput.Clean(await session.ExecuteAsync(Command, options with { Input = input }, cancellationToken), mark);
    }

    /// <summary>Standard input: a line "name base64" for the script and for each value. Never empty, since the shell may be one without /dev/null.</summary>
    private static byte[] Input(string script, IEnumerable<(string Name, ReadOnlyMemory<byte> Value)> values)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in values.Prepend(("script", Encoding.UTF8.GetBytes(script))))
            text.Append(name).Append(' ').Append(Convert.ToBase64String(value.Span)).Append('\n');
        return Encoding.ASCII.GetBytes(text.ToString());
    }
}

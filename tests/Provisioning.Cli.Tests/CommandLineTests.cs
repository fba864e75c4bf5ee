using Provisioning.Cli.Tests.Support;

namespace Provisioning.Cli.Tests;

/// <summary>Command lines that need no server: help, what is wrong with them, completion.</summary>
public sealed class CommandLineTests
{
    private readonly TestTerminal _terminal = new();

    [Fact]
    public async Task Help_is_approved()
    {
        Assert.Equal(0, await _terminal.RunAsync("--help"));
        // The name of the program is that of the test here.
        Approved.Check("help", _terminal.Output.ToString().Replace(Path.GetFileName(Environment.ProcessPath!), "kubectl-provision", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("nodez", "'nodez'")]
    [InlineData("load lab-01", "--image")]
    [InlineData("capture --image a", "'capture'")]
    [InlineData("nodes -o xml", "'xml'")]
    [InlineData("nodes --color pink", "--color must be auto, always or never, not 'pink'")]
    [InlineData("wait lab-01 --timeout soon", "--timeout must be a time such as 30s, 5m or 1h30m, not 'soon'")]
    [InlineData("power up lab-01", "'up'")]
    [InlineData("completion tcsh", "'tcsh'")]
    [InlineData("capture lab-01 --image a --preparation Some", "'Some'")]
    public async Task A_wrong_command_line_is_told_on_standard_error(string line, string expected)
    {
        Assert.Equal(1, await _terminal.RunAsync(line.Split(' ')));
        Assert.StartsWith("error: ", _terminal.Error.ToString(), StringComparison.Ordinal);
        Assert.Contains(expected, _terminal.Error.ToString(), StringComparison.Ordinal);
        Assert.Contains("--help'.", _terminal.Error.ToString(), StringComparison.Ordinal);
        Assert.Equal("", _terminal.Output.ToString());
    }

    [Theory]
    [InlineData("nodes --kubeconfig /no/such/file", "The kubeconfig /no/such/file does not exist.")]
    [InlineData("nodes", "There is no kubeconfig")]
    [InlineData("nodes a -A", "Names of Nodes go with neither -A nor -l")]
    [InlineData("wait", "Which Nodes?")]
    [InlineData("plan -f /no/such/file", "/no/such/file does not exist")]
    public async Task What_cannot_be_done_says_what_to_do(string line, string expected)
    {
        Assert.Equal(1, await _terminal.RunAsync(line.Split(' ')));
        Assert.StartsWith($"error: {expected}", _terminal.Error.ToString(), StringComparison.Ordinal);
        Assert.Equal("", _terminal.Output.ToString());
    }

    [Theory]
    [InlineData("", "approve capture completion describe images load nodes pause plan power resume wait why")]
    [InlineData("p", "pause plan power")]
    [InlineData("power|", "off on reset")]
    [InlineData("nodes|-o|", "json name wide yaml")]
    [InlineData("nodes|-o|j", "json")]
    [InlineData("nodes|--color|a", "always auto")]
    [InlineData("completion|", "bash fish kubectl zsh")]
    [InlineData("nodes|--al", "--all-namespaces")]
    public async Task Words_are_completed_as_kubectl_expects_them(string words, string expected)
    {
        Assert.Equal(0, await _terminal.RunAsync(["__complete", .. words.Split('|')]));
        var lines = _terminal.Output.ToString().TrimEnd('\n').Split('\n');
        Assert.Equal(":4", lines[^1]);
        Assert.Equal(expected, string.Join(' ', lines[..^1].Select(line => line.Split('\t')[0]).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task Files_are_completed_by_the_shell()
    {
        await _terminal.RunAsync("__complete", "plan", "-f", "no");
        Assert.Equal(":0\n", _terminal.Output.ToString());
    }

    [Theory]
    [InlineData("bash", "complete -F")]
    [InlineData("zsh", "compdef")]
    [InlineData("fish", "complete -c kubectl-provision")]
    [InlineData("kubectl", "exec kubectl-provision __complete")]
    public async Task There_is_a_script_for_each_shell(string shell, string expected)
    {
        Assert.Equal(0, await _terminal.RunAsync("completion", shell));
        Assert.Contains(expected, _terminal.Output.ToString(), StringComparison.Ordinal);
    }
}

using Provisioning.Cli.Tests.Support;

namespace Provisioning.Cli.Tests.Output;

public sealed class TerminalTests
{
    [Theory]
    [InlineData(true, "", "xterm", "Auto", true)]
    [InlineData(false, "", "xterm", "Auto", false)]
    [InlineData(true, "1", "xterm", "Auto", false)]
    [InlineData(true, "", "dumb", "Auto", false)]
    [InlineData(false, "1", "", "Always", true)]
    [InlineData(true, "", "xterm", "Never", false)]
    public void Colours_come_at_a_terminal_unless_told_otherwise(bool isTerminal, string noColor, string term, string choice, bool expected)
    {
        var terminal = new TestTerminal().Pipe() with { IsOutputTerminal = isTerminal, Environment = new Dictionary<string, string> { ["NO_COLOR"] = noColor, ["TERM"] = term } };
        Assert.Equal(expected, terminal.HasColor(Enum.Parse<ColorChoice>(choice)));
    }
}

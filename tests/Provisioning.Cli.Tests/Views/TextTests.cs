using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Cli.Output;
using Provisioning.Cli.Tests.Support;
using Provisioning.Cli.Views;

namespace Provisioning.Cli.Tests.Views;

/// <summary>What people read, as approved texts.</summary>
public sealed class TextTests
{
    private static IEnumerable<Node> Nodes =>
    [
        Samples.Off(), Samples.Ready(), Samples.Loading(), Samples.Pending(), Samples.New(),
        Samples.Stalled("lab-04", Reasons.IdentityMismatch, "debian-12 revision 7 was loaded on the machine, but it names no image."),
    ];

    [Fact]
    public void Nodes_in_a_pipe() => Approved.Check("nodes", Table(terminal => new NodeTable(withNamespace: false, isWide: false, terminal.IsUnicode).Render(Nodes, TestTerminal.Now)));

    [Fact]
    public void Nodes_of_all_namespaces_wide_in_ASCII() =>
        Approved.Check("nodes-wide", Table(_ => new NodeTable(withNamespace: true, isWide: true, isUnicode: false).Render(Nodes, TestTerminal.Now)));

    [Fact]
    public void Nodes_in_colours() => Approved.Check("nodes-colours", Table(terminal => new NodeTable(withNamespace: false, isWide: false, terminal.IsUnicode).Render(Nodes, TestTerminal.Now), ColorChoice.Always).Replace("\u001b", "ESC", StringComparison.Ordinal));

    [Fact]
    public void Images() => Approved.Check("images", Table(_ => ImageTable.Render([Samples.Image(), Samples.MissingImage()], [.. Nodes], TestTerminal.Now, withNamespace: false, isWide: true)));

    [Fact]
    public void A_node_at_work_as_a_tree() => Approved.Check("describe-loading", Page(Samples.Loading(), unicode: true));

    [Fact]
    public void A_node_that_waits_for_an_approval_as_a_tree_in_ASCII() => Approved.Check("describe-pending", Page(Samples.Pending(), unicode: false));

    [Fact]
    public void A_node_that_was_never_seen_as_a_tree() => Approved.Check("describe-new", Page(Samples.New(), unicode: true));

    [Fact]
    public void Why_a_node_is_stalled() => Approved.Check("why-stalled", Why(Samples.Stalled(
        "lab-04", Reasons.IdentityMismatch, "debian-12 revision 7 was loaded on the machine, but it names no image.", node => Samples.Retrying(node, Reasons.IdentityMismatch, attempt: 7))));

    [Fact]
    public void Why_an_operation_waits_for_its_host() => Approved.Check("why-silent", Why(Samples.Retrying(Samples.Loading(), Reasons.HostUnreachable, attempt: 3)));

    [Fact]
    public void Why_a_node_waits_for_an_approval() => Approved.Check("why-pending", Why(Samples.Pending()));

    /// <summary>What a machine or its host says must not steer the terminal of whoever looks.</summary>
    [Fact]
    public void Control_characters_of_a_machine_do_not_reach_the_terminal()
    {
        var node = Samples.Stalled("lab-09", Reasons.UnexpectedAnswer, "It said \u001b]0;title\u0007\u001b[2Jgone\r and \u009b31m.");
        foreach (var text in new[] { Why(node), Page(node, unicode: true), Table(_ => new NodeTable(withNamespace: false, isWide: true, isUnicode: true).Render([node], TestTerminal.Now)) })
            Assert.DoesNotContain(text, character => char.IsControl(character) && character != '\n');
    }

    [Fact]
    public void Why_a_node_is_ready() => Approved.Check("why-ready", Why(Samples.Ready()));

    [Fact]
    public void Why_a_node_was_never_seen() => Approved.Check("why-new", Why(Samples.New()));

    [Fact]
    public void Every_reason_has_its_advice()
    {
        var reasons = typeof(Reasons).GetFields().Select(field => (string)field.GetRawConstantValue()!).ToList();
        Assert.True(reasons.Count > 50);
        var general = ReasonAdvice.For("NoSuchReason");
        Assert.DoesNotContain(reasons, reason => ReasonAdvice.For(reason) == general);
        Assert.All(reasons, reason => Assert.True(ReasonAdvice.For(reason) is { Meaning: ['A' or >= 'B' and <= 'Z', ..] } advice && advice.Meaning.EndsWith('.') && advice.Remedy.Length > 0, reason));
    }

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(119, "119s")]
    [InlineData(150, "2m30s")]
    [InlineData(600, "10m")]
    [InlineData(4 * 3600 + 300, "4h5m")]
    [InlineData(47 * 3600, "47h")]
    [InlineData(41 * 86400, "41d")]
    [InlineData(-5, "0s")]
    public void Times_are_short(int seconds, string expected) => Assert.Equal(expected, Durations.Short(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData("30s", 30)]
    [InlineData("5m", 300)]
    [InlineData("1h30m", 5400)]
    [InlineData("90", 90)]
    [InlineData("1d", 86400)]
    [InlineData("", null)]
    [InlineData("5x", null)]
    [InlineData("m", null)]
    [InlineData("-3s", null)]
    [InlineData("99999999999s", null)]
    public void Times_are_read(string text, int? seconds) => Assert.Equal(seconds, (int?)Durations.Parse(text)?.TotalSeconds);

    [Theory]
    [InlineData(null, "")]
    [InlineData(0, "---------- 0%")]
    [InlineData(52, "#####----- 52%")]
    [InlineData(100, "########## 100%")]
    public void Progress_is_a_bar(int? percent, string expected) => Assert.Equal(expected, ProgressBar.Text(percent, isUnicode: false));

    private static string Table(Func<Terminal, Spectre.Console.Table> table, ColorChoice color = ColorChoice.Auto)
    {
        var terminal = new TestTerminal();
        terminal.Pipe().WriteTable(color, table(terminal.Pipe()));
        return terminal.Output.ToString();
    }

    private static string Page(Node node, bool unicode)
    {
        var terminal = new TestTerminal();
        (terminal.Pipe() with { IsUnicode = unicode }).WritePage(ColorChoice.Auto, new NodeTree(TestTerminal.Now, unicode).Render(node, Samples.Provisioner()));
        return terminal.Output.ToString();
    }

    private static string Why(Node node)
    {
        var terminal = new TestTerminal();
        terminal.Pipe().WritePage(ColorChoice.Auto, WhyText.Render(node, Samples.Provisioner(), TestTerminal.Now));
        return terminal.Output.ToString();
    }
}

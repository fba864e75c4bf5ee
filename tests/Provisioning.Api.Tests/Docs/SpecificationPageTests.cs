using System.Text.RegularExpressions;
using Provisioning.Api.Tests.Support;

namespace Provisioning.Api.Tests.Docs;

/// <summary>docs/specification.md answers for each routine of the interface what the specification asks, and names tests that show it.</summary>
public sealed partial class SpecificationPageTests
{
    private static readonly string[] Everything = ["Does", "Beginning state", "Ending state", "Called by", "Returns 1", "Returns 0", "Undefined", "Tests"];

    private static readonly string Page = File.ReadAllText(Path.Combine(CommittedFiles.Root, "docs/specification.md"));

    /// <summary>The specification's headings of each routine; where its return is no 1, 0 or undefined, what it returns.</summary>
    public static TheoryData<string, string[]> Routines => new()
    {
        { "node_status", ["Does", "Beginning state", "Ending state", "Called by", "Returns", "Tests"] },
        { "capture", Everything },
        { "load", Everything },
        { "power_off", Everything },
        { "power_on", Everything },
        { "power_reset", ["Does", "Beginning state", "Ending state", "Called by", "Returns", "Tests"] },
        { "get_current_image", Everything },
        { "get_image_size", Everything },
    };

    [Theory]
    [MemberData(nameof(Routines))]
    public void Each_routine_answers_what_the_specification_asks(string routine, string[] questions)
    {
        var answers = Rows(Section(routine));
        Assert.Equal(questions, answers.Select(row => row.Question));
        Assert.All(answers, row => Assert.True(row.Answer.Length >= 3 && !row.Answer.Contains("...", StringComparison.Ordinal), $"{routine}: {row.Question} is not answered"));
    }

    [Theory]
    [MemberData(nameof(Routines))]
    public void The_tests_that_show_a_routine_are_there_and_are_tests(string routine, string[] questions)
    {
        Assert.Contains("Tests", questions);
        var links = Link().Matches(Rows(Section(routine)).Single(row => row.Question == "Tests").Answer).Select(match => match.Groups["target"].Value)
            .Where(target => target.StartsWith("../", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(links);
        Assert.All(links, AssertIsTest);
    }

    [Fact]
    public void What_else_the_core_of_VCL_calls_is_shown_by_tests_that_are_there()
    {
        var links = Link().Matches(Section("What VCL's core calls besides them")).Select(match => match.Groups["target"].Value).Where(target => target.StartsWith("../tests/", StringComparison.Ordinal)).ToList();
        Assert.True(links.Count > 10);
        Assert.All(links, AssertIsTest);
    }

    [Fact]
    public void Every_key_of_the_hash_of_node_status_is_answered() =>
        Assert.All(["status", "ping", "ssh", "rpower", "nodeset", "nodetype", "currentimage"], key => Assert.Matches($@"(?m)^\| [^|]*`{key}`[^|]*\| `status\.", Section("node_status")));

    private static void AssertIsTest(string target)
    {
        var path = Path.Combine(CommittedFiles.Root, "docs", target);
        Assert.True(File.Exists(path), $"{target} is not there");
        Assert.Matches(@"\[(Fact|Theory)", File.ReadAllText(path));
    }

    private static string Section(string heading)
    {
        var start = Page.IndexOf($"\n## {heading}\n", StringComparison.Ordinal);
        Assert.True(start >= 0, $"docs/specification.md has no section {heading}");
        var end = Page.IndexOf("\n## ", start + 4, StringComparison.Ordinal);
        return end < 0 ? Page[start..] : Page[start..end];
    }

    /// <summary>The first table of a section.</summary>
    private static List<(string Question, string Answer)> Rows(string section) =>
        [.. section.Split('\n').SkipWhile(line => line != "| --- | --- |").Skip(1).TakeWhile(line => line.StartsWith('|')).Select(line => line.Trim('|', ' ').Split('|', 2)).Select(cells => (cells[0].Trim(), cells[1].Trim()))];

    [GeneratedRegex(@"\[[^\]]*\]\((?<target>[^)\s]+)\)", RegexOptions.CultureInvariant, 5000)]
    private static partial Regex Link();
}

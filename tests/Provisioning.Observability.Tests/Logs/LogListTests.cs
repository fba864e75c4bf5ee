using System.Text.RegularExpressions;
using Provisioning.Observability.Tests.Support;

namespace Provisioning.Observability.Tests.Logs;

/// <summary>The list of all log lines. UPDATE_DOCS=1 writes it anew.</summary>
public sealed partial class LogListTests
{
    private const string Page = "docs/reference/logs.md";
    private const string Begin = "<!-- table: made by Provisioning.Observability.Tests -->\n";

    private static readonly IReadOnlyList<(int Id, string Level, string Message)> Lines = [.. Read().OrderBy(line => line.Id)];

    [Fact]
    public void Every_line_has_an_id_of_its_own()
    {
        Assert.NotEmpty(Lines);
        Assert.Equal(Lines.DistinctBy(line => line.Id).Count(), Lines.Count);
        Assert.All(Lines, line => Assert.InRange(line.Id, 1, 9999));
    }

    [Fact]
    public void The_documented_lines_are_those_of_the_program()
    {
        var page = SourceTree.Read(Page);
        var table = "\n| event | level | message |\n| --- | --- | --- |\n" + string.Concat(Lines.Select(line => $"| {line.Id} | {line.Level} | {line.Message.Replace("|", "\\|", StringComparison.Ordinal)} |\n"));
        var updated = page[..(page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length)] + table;
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
            File.WriteAllText(SourceTree.File(Page), updated);
        Assert.Equal(updated, SourceTree.Read(Page));
    }

    private static IEnumerable<(int Id, string Level, string Message)> Read()
    {
        foreach (var file in Directory.EnumerateFiles(SourceTree.File("src"), "*.cs", SearchOption.AllDirectories))
        {
            var text = File.ReadAllText(file);
            var found = Attribute().Matches(text);
            Assert.True(found.Count == text.Split("[LoggerMessage(").Length - 1, $"{file} has a [LoggerMessage] that is not (id, level, \"message\").");
            foreach (Match match in found)
                yield return (int.Parse(match.Groups["id"].Value), match.Groups["level"].Success ? match.Groups["level"].Value : "Information or Warning", match.Groups["message"].Value);
        }
    }

    [GeneratedRegex("""\[LoggerMessage\(\s*(EventId = )?(?<id>\d+),\s*(LogLevel\.(?<level>\w+),\s*)?(Message = )?"(?<message>[^"]*)"\)""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Attribute();
}

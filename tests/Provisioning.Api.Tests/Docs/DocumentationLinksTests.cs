using System.Globalization;
using System.Text.RegularExpressions;
using Provisioning.Api.Tests.Support;

namespace Provisioning.Api.Tests.Docs;

public sealed partial class DocumentationLinksTests
{
    public static TheoryData<string> Pages =>
    [
        "README.md",
        .. Directory.EnumerateFiles(Path.Combine(CommittedFiles.Root, "docs"), "*.md", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(CommittedFiles.Root, path)).Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Docs_links_resolve(string page) =>
        Assert.Equal([], Links(Read(page)).Where(link => !Resolves(page, link)));

    [Fact]
    public void Every_page_can_be_reached_from_the_readme()
    {
        var reached = new HashSet<string>(StringComparer.Ordinal);
        var pending = new Queue<string>(["README.md"]);
        while (pending.TryDequeue(out var page))
        {
            if (!reached.Add(page))
                continue;
            foreach (var target in Links(Read(page)).Select(link => Target(page, link)).Where(target => target.EndsWith(".md", StringComparison.Ordinal)))
                pending.Enqueue(target);
        }

        Assert.Equal([], Pages.Select(row => row.Data).Except(reached));
    }

    private static string Read(string page) => File.ReadAllText(Path.Combine(CommittedFiles.Root, page));

    /// <summary>Links outside of code that lead to something in the repository.</summary>
    private static IEnumerable<string> Links(string text) =>
        Link().Matches(InlineCode().Replace(CodeBlock().Replace(text, ""), "")).Select(match => match.Groups["target"].Value).Where(link => !link.Contains("://", StringComparison.Ordinal));

    private static string Target(string page, string link)
    {
        var path = link.Split('#')[0];
        return path.Length == 0 ? page : Path.GetRelativePath(CommittedFiles.Root, Path.Combine(CommittedFiles.Root, Path.GetDirectoryName(page)!, path));
    }

    private static bool Resolves(string page, string link)
    {
        var target = Target(page, link);
        if (target.StartsWith("..", StringComparison.Ordinal) || !Path.Exists(Path.Combine(CommittedFiles.Root, target)))
            return false;
        return link.Split('#', 2) is not [_, var anchor] || Headings(Read(target)).Contains(anchor, StringComparer.Ordinal);
    }

    /// <summary>The anchors that GitHub gives to headings.</summary>
    private static IEnumerable<string> Headings(string text) =>
        Heading().Matches(CodeBlock().Replace(text, "")).Select(match => NotInAnchors().Replace(match.Groups["heading"].Value.Trim().ToLower(CultureInfo.InvariantCulture), "").Replace(' ', '-'));

    [GeneratedRegex(@"^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.CultureInvariant, 5000)]
    private static partial Regex CodeBlock();

    [GeneratedRegex("`[^`\n]*`", RegexOptions.CultureInvariant, 5000)]
    private static partial Regex InlineCode();

    [GeneratedRegex(@"\[[^\]]*\]\((?<target>[^)\s]+)\)", RegexOptions.CultureInvariant, 5000)]
    private static partial Regex Link();

    [GeneratedRegex("^#+ (?<heading>.+)$", RegexOptions.Multiline | RegexOptions.CultureInvariant, 5000)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]", RegexOptions.CultureInvariant, 5000)]
    private static partial Regex NotInAnchors();
}

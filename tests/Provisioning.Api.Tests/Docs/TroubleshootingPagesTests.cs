using System.Reflection;
using System.Text.RegularExpressions;
using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Api.Tests.Support;

namespace Provisioning.Api.Tests.Docs;

/// <summary>Each reason has its page in docs/troubleshooting, or stands in the index among those that mean that nothing is wrong.</summary>
public sealed partial class TroubleshootingPagesTests
{
    private const string NothingIsWrong = "## Nothing is wrong";

    private static readonly string[] Sections = ["## What to look at", "## What to do", "## What the operator does meanwhile"];

    private static readonly Dictionary<string, Type> Kinds = new(StringComparer.Ordinal)
    {
        ["pn"] = typeof(Node),
        ["nodes.provisioning.dev"] = typeof(Node),
        ["pimg"] = typeof(Image),
        ["images.provisioning.dev"] = typeof(Image),
        ["pcap"] = typeof(ImageCapture),
        ["pprov"] = typeof(Provisioner),
    };

    private static string Folder => Path.Combine(CommittedFiles.Root, "docs", "troubleshooting");

    private static string Index => File.ReadAllText(Path.Combine(Folder, "README.md"));

    private static IReadOnlyList<string> AllReasons { get; } =
        [.. typeof(Reasons).GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!)];

    private static IEnumerable<string> Harmless => Word().Matches(string.Join('\n', Index[Index.IndexOf(NothingIsWrong, StringComparison.Ordinal)..].Split('\n')
        .Where(line => line.StartsWith('|')).Skip(2).Select(line => line.Split('|')[1]))).Select(match => match.Value);

    /// <summary>Pages whose name begins with a capital are about a reason; others are guides.</summary>
    public static TheoryData<string> Pages =>
        [.. Directory.EnumerateFiles(Folder, "*.md").Select(path => Path.GetFileNameWithoutExtension(path)).Where(name => char.IsAsciiLetterUpper(name[0]) && name != "README").Order(StringComparer.Ordinal)];

    [Fact]
    public void Each_reason_has_a_page_or_means_that_nothing_is_wrong() =>
        Assert.Equal(AllReasons.Order(StringComparer.Ordinal), Pages.Select(row => row.Data).Concat(Harmless).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Pages))]
    public void Each_page_stands_on_its_own(string page)
    {
        var text = File.ReadAllText(Path.Combine(Folder, $"{page}.md"));
        Assert.StartsWith($"# {page}\n\n*Seen on: ", text, StringComparison.Ordinal);
        Assert.Equal(Sections, text.Split('\n').Where(line => line.StartsWith("## ", StringComparison.Ordinal)));
        Assert.Contains("kubectl ", text, StringComparison.Ordinal);
        Assert.Contains($"| [{page}]({page}.md) |", Index, StringComparison.Ordinal);
    }

    [Fact]
    public void Fields_in_the_commands_exist()
    {
        var commands = Directory.EnumerateFiles(Folder, "*.md").SelectMany(path => File.ReadLines(path).Select(line => (Path.GetFileName(path), line))).Where(item => item.line.StartsWith("kubectl ", StringComparison.Ordinal));
        List<string> wrong = [];
        var count = 0;
        foreach (var (page, line) in commands)
        {
            if (GetCommand().Match(line) is not { Success: true } match || !Kinds.TryGetValue(match.Groups["kind"].Value, out var kind))
                continue;
            foreach (Match field in FieldPath().Matches(line))
            {
                count++;
                if (!Exists(kind, field.Value))
                    wrong.Add($"{page}: {field.Value}");
            }
        }

        Assert.Empty(wrong);
        Assert.True(count > 60, $"Only {count} fields were found in the commands: the pattern does not fit any more.");
    }

    private static bool Exists(Type type, string path)
    {
        foreach (var name in Subscript().Replace(path, "").Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            var element = type.IsGenericType && type.GetGenericArguments() is [var item] && !type.IsValueType ? item : type;
            if (element.GetProperties().FirstOrDefault(property => string.Equals(property.Name, name, StringComparison.OrdinalIgnoreCase)) is not { } found)
                return false;
            type = Nullable.GetUnderlyingType(found.PropertyType) ?? found.PropertyType;
        }

        return true;
    }

    [GeneratedRegex(@"\b[A-Z]\w+\b", RegexOptions.None, 1000)]
    private static partial Regex Word();

    [GeneratedRegex(@"^kubectl get (?<kind>[a-z.]+) ", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex GetCommand();

    [GeneratedRegex(@"\.(?:spec|status|metadata)(?:\.[a-zA-Z]+|\[[^\]]*\])*", RegexOptions.None, 1000)]
    private static partial Regex FieldPath();

    [GeneratedRegex(@"\[[^\]]*\]", RegexOptions.None, 1000)]
    private static partial Regex Subscript();
}

using System.Text.RegularExpressions;

namespace Provisioning.EndToEnd.Tutorial;

/// <summary>A page of the documentation that is done as it is read: files that it has the reader save, and commands with what they print.</summary>
/// <param name="path">The page.</param>
internal sealed partial class TutorialPage(string path)
{
    /// <summary>Something that the reader does.</summary>
    /// <param name="Line">Where it stands in the page, from 1.</param>
    internal abstract record Act(int Line);

    /// <summary>Saves a file.</summary>
    internal sealed record Save(int Line, string Name, string Content) : Act(Line);

    /// <summary>Runs a command, which prints something; a line "..." stands for anything.</summary>
    internal sealed record Run(int Line, string Command, string Printed) : Act(Line);

    /// <summary>What the page has the reader do, in order.</summary>
    public IEnumerable<Act> Acts()
    {
        var lines = File.ReadAllLines(path);
        var name = "";
        for (var index = 0; index < lines.Length; index++)
        {
            if (FileName().Match(lines[index]) is { Success: true } named)
                name = named.Groups["name"].Value;
            if (!lines[index].StartsWith("```", StringComparison.Ordinal))
                continue;
            var (language, begin) = (lines[index][3..], index + 1);
            index = Array.FindIndex(lines, begin, line => line == "```");
            var block = lines[begin..index];
            if (language == "yaml")
                yield return new Save(begin, name, string.Join('\n', block) + "\n");
            else if (language == "console")
                foreach (var run in Runs(block, begin))
                    yield return run;
        }
    }

    private static IEnumerable<Run> Runs(string[] block, int begin)
    {
        for (var index = 0; index < block.Length;)
        {
            Assert.StartsWith("$ ", block[index], StringComparison.Ordinal);
            var printed = block.Skip(index + 1).TakeWhile(line => !line.StartsWith("$ ", StringComparison.Ordinal)).ToList();
            yield return new(begin + index + 1, block[index][2..], string.Join('\n', printed));
            index += printed.Count + 1;
        }
    }

    [GeneratedRegex("[Ss]ave this as `(?<name>[^`]+)`", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex FileName();
}

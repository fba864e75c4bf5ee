using System.Runtime.CompilerServices;

namespace Provisioning.Engines.Conformance.Results;

/// <summary>The table in docs/engines/README.md: a column for each engine, a row for each routine.</summary>
public sealed class EngineTable
{
    /// <summary>The line before the table.</summary>
    public const string Begin = "<!-- table: each engine's conformance suite compares its column, UPDATE_DOCS=1 rewrites it -->";

    /// <summary>The line after the table.</summary>
    public const string End = "<!-- end of table -->";

    private readonly string _before;
    private readonly string _after;
    private readonly SortedDictionary<string, Dictionary<string, string>> _columns = new(StringComparer.Ordinal);

    private EngineTable(string page)
    {
        var (start, end) = (page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, page.IndexOf(End, StringComparison.Ordinal));
        if (start < Begin.Length || end < start)
            throw new InvalidOperationException($"{PathOfPage} lacks the marks around the table.");
        (_before, _after) = (page[..start], page[end..]);
        var lines = page[start..end].Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line.StartsWith('|')).Select(Cells).ToList();
        for (var column = 1; lines.Count > 0 && column < lines[0].Length; column++)
            _columns[lines[0][column]] = lines.Skip(2).ToDictionary(cells => cells[0], cells => cells.ElementAtOrDefault(column) ?? "", StringComparer.Ordinal);
    }

    /// <summary>Where the page is.</summary>
    public static string PathOfPage { get; } = Path.Combine(Root(), "docs/engines/README.md");

    /// <summary>Reads the page.</summary>
    public static EngineTable Read() => new(File.ReadAllText(PathOfPage));

    /// <summary>The head of an engine's column: its name, leading to its page.</summary>
    public static string HeadOf(IEngineHarness harness) => $"[{harness.Engine}]({harness.Page})";

    /// <summary>What an engine's column must say, by its capabilities.</summary>
    public static Dictionary<string, string> ColumnOf(IEngineHarness harness) => Routine.All.ToDictionary(
        routine => routine.Name, routine => harness.Capabilities.HasFlag(routine.Needs) ? Verdict.Pass : Verdict.NotSupported, StringComparer.Ordinal);

    /// <summary>The column that the page shows; null if it shows none.</summary>
    public IReadOnlyDictionary<string, string>? Column(string head) => _columns.GetValueOrDefault(head);

    /// <summary>Puts a column in place of the one with this head.</summary>
    public void Set(string head, Dictionary<string, string> column) => _columns[head] = column;

    /// <summary>Writes the page.</summary>
    public void Write()
    {
        string[][] lines =
        [
            ["routine", .. _columns.Keys],
            ["---", .. _columns.Keys.Select(_ => "---")],
            .. Routine.All.Select(routine => (string[])[routine.Name, .. _columns.Values.Select(column => column.GetValueOrDefault(routine.Name, ""))]),
        ];
        File.WriteAllText(PathOfPage, $"{_before}\n{string.Concat(lines.Select(cells => $"| {string.Join(" | ", cells)} |\n"))}{_after}");
    }

    private static string[] Cells(string line) => [.. line.Trim().Trim('|').Split('|').Select(cell => cell.Trim())];

    private static string Root([CallerFilePath] string thisFile = "")
    {
        // A deterministic build may map source paths away; then the test runs below the repository anyway.
        foreach (var start in new[] { Path.GetDirectoryName(thisFile), AppContext.BaseDirectory, Directory.GetCurrentDirectory() })
        {
            for (var directory = start; directory is not null; directory = Path.GetDirectoryName(directory))
            {
                if (File.Exists(Path.Combine(directory, "ProvisioningOperator.sln")))
                    return directory;
            }
        }

        throw new InvalidOperationException("No folder above the tests holds ProvisioningOperator.sln. Run the tests inside the repository.");
    }
}

using System.Text;

namespace Provisioning.Benchmarks.Results;

/// <summary>Figures side by side.</summary>
internal static class FigureTable
{
    private const string Missing = "-";

    /// <summary>Reads columns given as NAME=FILE, separated by commas.</summary>
    public static IReadOnlyList<(string Name, IReadOnlyDictionary<string, string> Figures)> Read(string columns) =>
        [.. columns.Split(',').Select(column => column.Split('=', 2)).Select(parts => (parts[0], Figures.Read(parts[1])))];

    /// <summary>A table in Markdown: a row for each name that any column has, in the order in which they come.</summary>
    public static string Render(IReadOnlyList<(string Name, IReadOnlyDictionary<string, string> Figures)> columns)
    {
        var names = columns.SelectMany(column => column.Figures.Keys).Distinct(StringComparer.Ordinal).ToList();
        List<IReadOnlyList<string>> rows =
        [
            ["", .. columns.Select(column => column.Name)],
            .. names.Select(name => (IReadOnlyList<string>)[name, .. columns.Select(column => column.Figures.GetValueOrDefault(name, Missing))]),
        ];
        var widths = Enumerable.Range(0, columns.Count + 1).Select(index => rows.Max(row => row[index].Length)).ToList();
        var text = new StringBuilder();
        foreach (var (index, row) in rows.Index())
        {
            text.Append("| ").AppendJoin(" | ", row.Select((cell, column) => cell.PadRight(widths[column]))).AppendLine(" |");
            if (index == 0)
                text.Append("| ").AppendJoin(" | ", widths.Select(width => new string('-', width))).AppendLine(" |");
        }

        return text.ToString();
    }
}

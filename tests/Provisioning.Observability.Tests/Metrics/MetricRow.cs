using Provisioning.Observability.Tests.Support;

namespace Provisioning.Observability.Tests.Metrics;

/// <summary>A row of the tables of docs/reference/metrics.md.</summary>
internal sealed record MetricRow(string Name, string Type, IReadOnlyList<string> Labels, string Meaning)
{
    public const string Page = "docs/reference/metrics.md";

    public static IReadOnlyList<MetricRow> All { get; } = [.. SourceTree.Read(Page).Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(Parse)];

    /// <summary>The documented metric that a series belongs to: a histogram has three.</summary>
    public static MetricRow? Of(string series) => All.FirstOrDefault(row => row.Name == series
        || (row.Type == "histogram" && (series == $"{row.Name}_bucket" || series == $"{row.Name}_count" || series == $"{row.Name}_sum")));

    private static MetricRow Parse(string line)
    {
        var cells = line.Trim('|').Split('|').Select(cell => cell.Trim()).ToArray();
        return new(cells[0].Trim('`'), cells[1], [.. cells[2].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)], cells[3]);
    }
}

using Provisioning.Api.Nodes;
using Provisioning.Cli.Output;
using Spectre.Console;

namespace Provisioning.Cli.Views;

/// <summary>The table of Nodes.</summary>
/// <param name="withNamespace">Whether Nodes of several namespaces are shown.</param>
/// <param name="isWide">Whether provisioner and message are shown.</param>
/// <param name="isUnicode">Whether bars may have more than ASCII.</param>
internal sealed class NodeTable(bool withNamespace, bool isWide, bool isUnicode)
{
    /// <summary>The headings.</summary>
    public IReadOnlyList<string> Headings =>
    [
        .. withNamespace ? ["NAMESPACE"] : Array.Empty<string>(),
        "NAME", "READY", "REASON", "DESIRED", "CURRENT", "POWER", "OPERATION", "PROGRESS", "SINCE",
        .. isWide ? ["PROVISIONER", "MESSAGE"] : Array.Empty<string>(),
    ];

    /// <summary>The table.</summary>
    public Table Render(IEnumerable<Node> nodes, DateTimeOffset now)
    {
        var table = Tables.New(Headings);
        foreach (var node in Sorted(nodes))
            table.Add(Cells(NodeRow.Of(node, now)));
        return table;
    }

    /// <summary>The cells of one Node.</summary>
    public IReadOnlyList<Cell> Cells(NodeRow row) =>
    [
        .. withNamespace ? [row.Namespace] : Array.Empty<Cell>(),
        row.Name,
        new(row.Ready, row.Tone.Style()),
        new(row.Reason, row.Tone.Style()),
        row.Desired,
        new(row.Current, row.IsOtherImage ? new Style(Color.Yellow) : Style.Plain),
        row.Power,
        row.Operation,
        ProgressBar.Text(row.Progress, isUnicode),
        row.Since,
        .. isWide ? [row.Provisioner, row.Message] : Array.Empty<Cell>(),
    ];

    /// <summary>By namespace and name.</summary>
    public static IEnumerable<Node> Sorted(IEnumerable<Node> nodes) =>
        nodes.OrderBy(node => node.Metadata.Namespace, StringComparer.Ordinal).ThenBy(node => node.Metadata.Name, StringComparer.Ordinal);
}

using Provisioning.Cli.Output;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Provisioning.Cli.Views;

/// <summary>Tables as kubectl prints them: no lines, three spaces between the columns.</summary>
internal static class Tables
{
    private const int Gap = 3;

    /// <summary>An empty table with headings.</summary>
    public static Table New(params IEnumerable<string> headings)
    {
        var table = new Table { ShowRowSeparators = false, Border = TableBorder.None, UseSafeBorder = false };
        foreach (var heading in headings)
            table.AddColumn(new TableColumn(new Text(heading)) { NoWrap = true, Padding = new Padding(0, 0, Gap, 0) });
        return table;
    }

    /// <summary>Adds a row.</summary>
    public static void Add(this Table table, params IEnumerable<Cell> cells) => table.AddRow(cells.Select(IRenderable (cell) => new Text(SafeText.Line(cell.Text), cell.Style) { Overflow = Overflow.Ellipsis }));

    /// <summary>Writes a table without the spaces at the ends of its lines.</summary>
    public static void WriteTable(this Terminal terminal, ColorChoice color, Table table) => Trim(terminal, color, (copy, choice) => copy.Lines(choice), table);

    /// <summary>Writes what is wrapped at the width of the terminal.</summary>
    public static void WritePage(this Terminal terminal, ColorChoice color, IRenderable page) => Trim(terminal, color, (copy, choice) => copy.Page(choice), page);

    private static void Trim(Terminal terminal, ColorChoice color, Func<Terminal, ColorChoice, IAnsiConsole> console, IRenderable content)
    {
        using var text = new StringWriter();
        console(terminal with { Output = text }, color).Write(content);
        foreach (var line in text.ToString().TrimEnd('\n').Split('\n'))
            terminal.Output.WriteLine(line.TrimEnd());
    }
}

/// <summary>A cell of a table.</summary>
/// <param name="Text">What it says.</param>
/// <param name="Style">How.</param>
internal readonly record struct Cell(string Text, Style Style)
{
    /// <summary>A cell in the ordinary style.</summary>
    public static implicit operator Cell(string? text) => new(text ?? "", Style.Plain);
}

using Provisioning.Api.Nodes;
using Provisioning.Cli.Connecting;
using Provisioning.Cli.Output;
using Provisioning.Cli.Views;
using Provisioning.Kubernetes;
using Provisioning.Kubernetes.Caching;
using Spectre.Console;

namespace Provisioning.Cli.Commands;

/// <summary>Shows Nodes as they change, until interrupted: a table that is drawn anew at a terminal, lines in a pipe.</summary>
internal sealed class NodeWatch(Session session, bool allNamespaces, string? selector, IReadOnlyList<string> names, bool isWide)
{
    private static readonly TimeSpan Frame = TimeSpan.FromMilliseconds(500);

    private readonly NodeTable _table = new(allNamespaces, isWide, session.Terminal.IsUnicode);

    /// <summary>Runs until cancelled.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        // What is wrong with server, rights or selector is told at once; the watch itself would try for ever.
        await session.ListAsync(Kinds.Nodes, allNamespaces, selector, cancellationToken);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reflector = session.Watch(Kinds.Nodes, allNamespaces, selector);
        var running = reflector.RunAsync(ends.Token);
        try
        {
            await reflector.WaitForSyncAsync(cancellationToken);
            if (session.Terminal.IsOutputTerminal)
                await DrawAsync(reflector.Cache, cancellationToken);
            else
                await PrintAsync(reflector.Cache, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Who ends a watch is content.
            return ExitCodes.Done;
        }
        finally
        {
            await ends.CancelAsync();
            await running;
        }

        return ExitCodes.Done;
    }

    private async Task DrawAsync(IResourceCache<Node> cache, CancellationToken cancellationToken)
    {
        var console = session.Page;
        await console.Live(Text(cache)).AutoClear(false).Overflow(VerticalOverflow.Ellipsis).StartAsync(async live =>
        {
            while (true)
            {
                live.UpdateTarget(Text(cache));
                live.Refresh();
                await Task.Delay(Frame, session.Time, cancellationToken);
            }
        });
    }

    private Rows Text(IResourceCache<Node> cache)
    {
        var nodes = Wanted(cache);
        return new(_table.Render(nodes, session.Time.GetUtcNow()), new Text($"{session.Time.GetLocalNow():HH:mm:ss}  {Summary(nodes)}", new Style(decoration: Decoration.Dim)));
    }

    private static string Summary(List<Node> nodes)
    {
        var ready = nodes.Count(node => Tones.Of(node) == Tone.Good);
        var (busy, bad) = (nodes.Count(node => node.Status?.Operation is not null), nodes.Count(node => Tones.Of(node) == Tone.Bad));
        return $"{ready} of {nodes.Count} ready{(busy > 0 ? $", {busy} at work" : "")}{(bad > 0 ? $", {bad} stalled" : "")}  (Ctrl-C ends)";
    }

    private async Task PrintAsync(IResourceCache<Node> cache, CancellationToken cancellationToken)
    {
        Dictionary<NamespacedName, string> shown = [];
        var widths = Widths(Wanted(cache));
        await WriteLineAsync(_table.Headings, widths, cancellationToken);
        while (true)
        {
            foreach (var node in Wanted(cache))
            {
                var row = NodeRow.Of(node, session.Time.GetUtcNow());
                // Time goes by without anything having changed.
                var state = string.Join('|', _table.Cells(row with { Since = "" }).Select(cell => cell.Text));
                if (shown.GetValueOrDefault(NamespacedName.Of(node)) == state)
                    continue;
                shown[NamespacedName.Of(node)] = state;
                await WriteLineAsync([.. _table.Cells(row).Select(cell => SafeText.Line(cell.Text))], widths, cancellationToken);
            }

            await session.Terminal.Output.FlushAsync(cancellationToken);
            await Task.Delay(Frame, session.Time, cancellationToken);
        }
    }

    private List<int> Widths(List<Node> nodes)
    {
        var rows = nodes.Select(node => _table.Cells(NodeRow.Of(node, session.Time.GetUtcNow())).Select(cell => cell.Text).ToList()).Append([.. _table.Headings]).ToList();
        return [.. Enumerable.Range(0, _table.Headings.Count).Select(column => rows.Max(row => row[column].Length))];
    }

    private Task WriteLineAsync(IReadOnlyList<string> cells, List<int> widths, CancellationToken cancellationToken) =>
        session.Terminal.Output.WriteLineAsync(string.Join("   ", cells.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd().AsMemory(), cancellationToken);

    private List<Node> Wanted(IResourceCache<Node> cache) => [.. NodeTable.Sorted(cache.List().Where(node => names.Count == 0 || names.Contains(node.Metadata.Name)))];
}

using System.CommandLine;
using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Cli.Connecting;
using Provisioning.Cli.Output;
using Provisioning.Cli.Views;

namespace Provisioning.Cli.Commands;

/// <summary>nodes: the table of machines, once or live.</summary>
internal static class NodesCommand
{
    public static Command Create(CommandHost host)
    {
        var names = Arguments.Nodes(host, ArgumentArity.ZeroOrMore);
        var (all, selector) = (Arguments.AllNamespaces(), Arguments.Selector());
        var watch = new Option<bool>("--watch", "-w") { Description = "Go on, and show what changes. At a terminal the table is drawn anew; in a pipe each change is a line." };
        var output = OutputFormat.Option(OutputFormat.Wide, OutputFormat.Json, OutputFormat.Yaml, OutputFormat.Name);
        var command = new Command("nodes", "Show machines: what should be on them, what is, and what is being done.") { names, all, selector, watch, output };
        command.Aliases.Add("node");
        host.SetAction(command, async (session, parsed, cancellationToken) =>
        {
            var request = new Request(parsed.GetValue(names) ?? [], parsed.GetValue(all), parsed.GetValue(selector), parsed.GetValue(output));
            if (request.Names.Count > 0 && (request.AllNamespaces || request.Selector is not null))
                throw new CommandError("Names of Nodes go with neither -A nor -l. Leave out the one or the other.");
            if (!parsed.GetValue(watch))
                return await ShowAsync(session, request, cancellationToken);
            return request.Output is null or OutputFormat.Wide
                ? await new NodeWatch(session, request.AllNamespaces, request.Selector, request.Names, request.Output == OutputFormat.Wide).RunAsync(cancellationToken)
                : throw new CommandError($"--watch goes with -o wide or none, not with -o {request.Output}.");
        });
        return command;
    }

    private static async Task<int> ShowAsync(Session session, Request request, CancellationToken cancellationToken)
    {
        var nodes = await NodesAsync(session, request, cancellationToken);
        switch (request.Output)
        {
            case OutputFormat.Json or OutputFormat.Yaml:
                var document = request.Names.Count == 1 ? System.Text.Json.JsonSerializer.SerializeToNode(nodes[0], ApiJsonContext.Default.Node)! : Documents.List(nodes, ApiJsonContext.Default.Node);
                Documents.Write(session.Terminal.Output, document, request.Output);
                break;
            case OutputFormat.Name:
                foreach (var node in nodes)
                    await session.Terminal.Output.WriteLineAsync($"nodes.provisioning.dev/{node.Metadata.Name}");
                break;
            default:
                if (nodes.Count == 0)
                    await session.Terminal.Error.WriteLineAsync(request.AllNamespaces ? "No Nodes found." : $"No Nodes found in the namespace {session.Namespace}.");
                else
                    session.Terminal.WriteTable(session.Color, new NodeTable(request.AllNamespaces, request.Output == OutputFormat.Wide, session.Terminal.IsUnicode).Render(nodes, session.Time.GetUtcNow()));
                break;
        }

        return ExitCodes.Done;
    }

    private static async Task<IReadOnlyList<Node>> NodesAsync(Session session, Request request, CancellationToken cancellationToken)
    {
        if (request.Names.Count == 0)
            return [.. NodeTable.Sorted(await session.ListAsync(Kinds.Nodes, request.AllNamespaces, request.Selector, cancellationToken))];
        List<Node> nodes = [];
        foreach (var name in request.Names)
            nodes.Add(await session.NodeAsync(name, cancellationToken));
        return nodes;
    }

    private sealed record Request(IReadOnlyList<string> Names, bool AllNamespaces, string? Selector, string? Output);
}

using System.CommandLine;
using Provisioning.Cli.Connecting;

namespace Provisioning.Cli.Commands;

/// <summary>wait: until Nodes are as declared.</summary>
internal static class WaitCommand
{
    public static Command Create(CommandHost host)
    {
        var names = Arguments.Nodes(host, ArgumentArity.ZeroOrMore);
        var (selector, timeout) = (Arguments.Selector(), Arguments.Timeout());
        var command = new Command("wait", "Wait until Nodes are as declared. Ends with an error as soon as one of them needs a person.") { names, selector, timeout };
        host.SetAction(command, async (session, parsed, cancellationToken) =>
        {
            string[] wanted = parsed.GetValue(names) ?? [];
            var labels = parsed.GetValue(selector);
            if (wanted.Length == 0 && labels is null)
                throw new CommandError("Which Nodes? Give names, or labels with -l.");
            if (wanted.Length > 0 && labels is not null)
                throw new CommandError("Names of Nodes do not go with -l. Leave out the one or the other.");
            var nodes = await session.ListAsync(Kinds.Nodes, allNamespaces: false, labels, cancellationToken);
            if (labels is not null)
                wanted = [.. nodes.Select(node => node.Metadata.Name)];
            if (wanted.Length == 0)
                throw new CommandError($"No Node in the namespace {session.Namespace} has the labels {labels}.");
            return await Following.UntilAsync(session, Kinds.Nodes, wanted, (_, node) => Way.ToReady(node, 0), parsed.GetValue(timeout), cancellationToken);
        });
        return command;
    }
}

using System.CommandLine;
using Provisioning.Cli.Connecting;
using Provisioning.Cli.Views;

namespace Provisioning.Cli.Commands;

/// <summary>describe: all of a Node as a tree.</summary>
internal static class DescribeCommand
{
    public static Command Create(CommandHost host)
    {
        var name = Arguments.Node(host);
        var command = new Command("describe", "Show all of a Node: conditions, what was seen, the operation with its steps, the last operations, what happens next and when.") { name };
        host.SetAction(command, async (session, parsed, cancellationToken) =>
        {
            var node = await session.NodeAsync(parsed.GetRequiredValue(name), cancellationToken);
            var provisioner = await session.FindAsync(Kinds.Provisioners, node.Spec.ProvisionerRef.Name, cancellationToken);
            session.Terminal.WritePage(session.Color, new NodeTree(session.Time.GetUtcNow(), session.Terminal.IsUnicode).Render(node, provisioner));
            return ExitCodes.Done;
        });
        return command;
    }
}

using System.CommandLine;
using Provisioning.Cli.Connecting;
using Provisioning.Cli.Views;

namespace Provisioning.Cli.Commands;

/// <summary>why: the one reason in plain words.</summary>
internal static class WhyCommand
{
    public static Command Create(CommandHost host)
    {
        var name = Arguments.Node(host);
        var command = new Command("why", "Say in plain words why a Node is as it is, and what to do.") { name };
        host.SetAction(command, async (session, parsed, cancellationToken) =>
        {
            var node = await session.NodeAsync(parsed.GetRequiredValue(name), cancellationToken);
            var provisioner = await session.FindAsync(Kinds.Provisioners, node.Spec.ProvisionerRef.Name, cancellationToken);
            session.Terminal.WritePage(session.Color, WhyText.Render(node, provisioner, session.Time.GetUtcNow()));
            return ExitCodes.Done;
        });
        return command;
    }
}

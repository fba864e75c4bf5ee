using System.CommandLine;
using System.Text.Json.Nodes;
using Provisioning.Api.Images;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Cli.Connecting;

namespace Provisioning.Cli.Commands;

/// <summary>load: have an image put on a machine.</summary>
internal static class LoadCommand
{
    public static Command Create(CommandHost host)
    {
        var (name, image, wait, timeout, yes) = (Arguments.Node(host), Arguments.Image(host), Arguments.Wait(), Arguments.Timeout(), Arguments.Yes());
        var again = new Option<bool>("--again") { Description = "Load it also if it is there, once. All data on the disk is lost." };
        var command = new Command("load", "Have an Image loaded on a machine. All data on its disk is lost, so that you are asked first.") { name, image, again, wait, timeout, yes };
        host.SetAction(command, async (session, parsed, cancellationToken) =>
        {
            var node = await session.NodeAsync(parsed.GetRequiredValue(name), cancellationToken);
            var wanted = await ImageAsync(session, parsed.GetRequiredValue(image), cancellationToken);
            var isAgain = parsed.GetValue(again);
            if (!isAgain && node.Spec.ImageRef?.Name == wanted.Metadata.Name)
            {
                await session.Terminal.Output.WriteLineAsync($"{node.Metadata.Name}: imageRef is {wanted.Metadata.Name} already. To load it once more, which erases the disk, add --again.");
            }
            else
            {
                if (Loss(node, wanted) is { } loss)
                    await session.ConfirmAsync(loss, parsed.GetValue(yes), cancellationToken);
                var spec = new JsonObject { ["imageRef"] = new JsonObject { ["name"] = wanted.Metadata.Name } };
                if (isAgain)
                    spec["reloadToken"] = Notes.Token(session.Time);
                node = await session.PatchSpecAsync(node, spec, cancellationToken);
                await session.Terminal.Output.WriteLineAsync($"{node.Metadata.Name}: imageRef is {wanted.Metadata.Name}{(isAgain ? $", to be loaded once more (reloadToken {node.Spec.ReloadToken})" : "")}{After(node)}{Notes.OnPolicy(node)}");
            }

            return parsed.GetValue(wait)
                ? await Following.UntilAsync(session, Kinds.Nodes, [node.Metadata.Name], (_, seen) => Way.ToReady(seen, node.Metadata.Generation ?? 0), parsed.GetValue(timeout), cancellationToken)
                : ExitCodes.Done;
        });
        return command;
    }

    private static async Task<Image> ImageAsync(Session session, string name, CancellationToken cancellationToken) =>
        await session.FindAsync(Kinds.Images, name, cancellationToken)
        ?? throw new CommandError($"There is no Image {name} in the namespace {session.Namespace}. See which there are: kubectl provision images -n {session.Namespace}");

    /// <summary>What is lost, as a question; null where there is nothing to lose, or where it is asked for later.</summary>
    private static string? Loss(Node node, Image image)
    {
        if (node.Spec.ChangePolicy == ChangePolicy.Approve || node.Status?.NodeStatusReport is { Exists: FactValue.No })
            return null;
        var former = node.Status?.CurrentImage is { } current ? $" ({current})" : "";
        return $"All that is on the disk of {node.Metadata.Name}{former} is lost when {image.Metadata.Name} revision {image.Spec.Revision} is loaded.";
    }

    private static string After(Node node) =>
        node.Spec.PowerState == PowerState.PoweredOff ? ". The machine is declared off, so it is loaded when it may be on"
        : node.Spec.ChangePolicy == ChangePolicy.Approve ? $". changePolicy is Approve, so the load waits: kubectl provision approve {node.Metadata.Name} -n {node.Metadata.Namespace}"
        : "";
}

using System.CommandLine;
using System.Text.Json.Nodes;
using Provisioning.Api.Nodes;
using Provisioning.Cli.Connecting;

namespace Provisioning.Cli.Commands;

/// <summary>approve: let what waits under changePolicy Approve be done.</summary>
internal static class ApproveCommand
{
    public static Command Create(CommandHost host)
    {
        var (name, wait, timeout, yes) = (Arguments.Node(host), Arguments.Wait(), Arguments.Timeout(), Arguments.Yes());
        var plan = new Option<string?>("--plan") { Description = "Id of the plan that is meant, as its message gives it. Only this one is approved, without a question.", HelpName = "ID" };
        plan.CompletionSources.Add(context => Completions.Plans(host, context.ParseResult, name));
        var command = new Command("approve", "Approve what a Node with changePolicy Approve waits for. It holds for that plan alone, and once.") { name, plan, wait, timeout, yes };
        host.SetAction(command, async (session, parsed, cancellationToken) =>
        {
            var node = await session.NodeAsync(parsed.GetRequiredValue(name), cancellationToken);
            var pending = Pending(node, parsed.GetValue(plan));
            if (parsed.GetValue(plan) is null)
                await session.ConfirmAsync(Question(node, pending), parsed.GetValue(yes), cancellationToken);
            node = await session.PatchSpecAsync(node, new JsonObject { ["approvedPlan"] = pending.Id }, cancellationToken);
            await session.Terminal.Output.WriteLineAsync($"{node.Metadata.Name}: {pending.Kind}{(pending.Image is { } image ? $" of {image} revision {pending.Revision}" : "")} is approved (plan {pending.Id}){Notes.OnPolicy(node)}");
            return parsed.GetValue(wait) && node.Metadata.DeletionTimestamp is null
                ? await Following.UntilAsync(session, Kinds.Nodes, [node.Metadata.Name], (_, seen) => Way.ToReady(seen, node.Metadata.Generation ?? 0), parsed.GetValue(timeout), cancellationToken)
                : ExitCodes.Done;
        });
        return command;
    }

    private static string Question(Node node, PendingPlan plan)
    {
        var (name, former) = (node.Metadata.Name, node.Status?.CurrentImage is { } image ? $" ({image})" : "");
        return plan.Kind switch
        {
            OperationKind.Load => $"Load {plan.Image} revision {plan.Revision} on {name}, {plan.Digest}.\nAll that is on the disk of {name}{former} is lost.",
            OperationKind.Capture => $"Capture {name}{former} into {plan.Image} revision {plan.Revision}.\n{name} is shut down for that.",
            _ => $"{plan.Kind} {name}.\nAll that is on the disk of {name}{former} is lost.",
        };
    }

    private static PendingPlan Pending(Node node, string? asked)
    {
        if (node.Status?.PendingPlan is not { } pending)
            throw new CommandError($"Nothing waits for an approval on {node.Metadata.Name}. See why it is as it is: kubectl provision why {node.Metadata.Name} -n {node.Metadata.Namespace}");
        return asked is null || asked == pending.Id
            ? pending
            : throw new CommandError($"The plan {asked} is not what waits on {node.Metadata.Name}: that is {pending.Id}, {pending.Kind}{(pending.Image is { } image ? $" of {image} revision {pending.Revision} {pending.Digest}" : "")}. Look at it, then approve it by its id.");
    }
}

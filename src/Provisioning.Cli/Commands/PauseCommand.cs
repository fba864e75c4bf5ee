using System.CommandLine;
using System.Text.Json.Nodes;
using Provisioning.Api.Nodes;
using Provisioning.Cli.Connecting;

namespace Provisioning.Cli.Commands;

/// <summary>pause and resume.</summary>
internal static class PauseCommand
{
    public static Command CreatePause(CommandHost host) => Create(
        host, "pause", "Leave machines alone: they are neither looked at nor changed, and an operation under way is held.", ManagementPolicy.Paused, "paused. What runs on its host goes on to the end of its step. To go on: kubectl provision resume");

    public static Command CreateResume(CommandHost host) => Create(
        host, "resume", "Have machines managed again, after pause or managementPolicy Observe.", ManagementPolicy.Manage, "managed again");

    private static Command Create(CommandHost host, string verb, string description, ManagementPolicy policy, string outcome)
    {
        var names = Arguments.Nodes(host, ArgumentArity.OneOrMore);
        var command = new Command(verb, description) { names };
        host.SetAction(command, async (session, parsed, cancellationToken) =>
        {
            // All are looked up first: a name that is wrong changes none.
            List<Node> nodes = [];
            foreach (var name in parsed.GetRequiredValue(names))
                nodes.Add(await session.NodeAsync(name, cancellationToken));
            foreach (var node in nodes)
            {
                if (node.Spec.ManagementPolicy == policy)
                {
                    await session.Terminal.Output.WriteLineAsync($"{node.Metadata.Name}: managementPolicy is {policy} already");
                    continue;
                }

                await session.PatchSpecAsync(node, new JsonObject { ["managementPolicy"] = policy.ToString() }, cancellationToken);
                await session.Terminal.Output.WriteLineAsync($"{node.Metadata.Name}: {outcome}{(policy == ManagementPolicy.Paused ? $" {node.Metadata.Name} -n {session.Namespace}" : "")}");
            }

            return ExitCodes.Done;
        });
        return command;
    }
}

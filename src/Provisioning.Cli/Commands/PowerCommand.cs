using System.CommandLine;
using System.Text.Json.Nodes;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Cli.Connecting;

namespace Provisioning.Cli.Commands;

/// <summary>power on, off and reset.</summary>
internal static class PowerCommand
{
    public static Command Create(CommandHost host) => new("power", "Switch a machine on or off, for good, or reset it once.")
    {
        State(host, "on", "Keep the machine on.", PowerState.PoweredOn),
        State(host, "off", "Keep the machine off. It is shut down softly, then hard.", PowerState.PoweredOff),
        Reset(host),
    };

    private static Command State(CommandHost host, string verb, string description, PowerState state)
    {
        var (name, wait, timeout) = (Arguments.Node(host), Arguments.Wait(), Arguments.Timeout());
        var command = new Command(verb, description) { name, wait, timeout };
        host.SetAction(command, async (session, parsed, cancellationToken) =>
        {
            var node = await session.NodeAsync(parsed.GetRequiredValue(name), cancellationToken);
            var isSo = node.Spec.PowerState == state;
            if (!isSo)
                node = await session.PatchSpecAsync(node, new JsonObject { ["powerState"] = state.ToString() }, cancellationToken);
            await session.Terminal.Output.WriteLineAsync($"{node.Metadata.Name}: powerState is {state}{(isSo ? " already" : "")}{Notes.OnPolicy(node)}");
            return parsed.GetValue(wait) ? await FollowAsync(session, node, (_, seen) => Way.ToReady(seen, node.Metadata.Generation ?? 0), parsed.GetValue(timeout), cancellationToken) : ExitCodes.Done;
        });
        return command;
    }

    private static Command Reset(CommandHost host)
    {
        var (name, wait, timeout) = (Arguments.Node(host), Arguments.Wait(), Arguments.Timeout());
        var command = new Command("reset", "Reset the machine once, hard.") { name, wait, timeout };
        host.SetAction(command, async (session, parsed, cancellationToken) =>
        {
            var node = await session.NodeAsync(parsed.GetRequiredValue(name), cancellationToken);
            if (node.Status?.Power == PowerValue.Off)
                throw new CommandError($"{node.Metadata.Name} is off, so there is nothing to reset. Switch it on: kubectl provision power on {node.Metadata.Name} -n {session.Namespace}");
            if (node.Spec.PowerState == PowerState.PoweredOff)
                throw new CommandError($"{node.Metadata.Name} is declared off, and goes off. A reset would be ignored.");
            var token = Notes.Token(session.Time);
            node = await session.PatchSpecAsync(node, new JsonObject { ["powerResetToken"] = token }, cancellationToken);
            await session.Terminal.Output.WriteLineAsync($"{node.Metadata.Name}: is reset once (powerResetToken {token}){Notes.OnPolicy(node)}");
            return parsed.GetValue(wait) ? await FollowAsync(session, node, (_, seen) => Way.ToReset(seen, token), parsed.GetValue(timeout), cancellationToken) : ExitCodes.Done;
        });
        return command;
    }

    private static Task<int> FollowAsync(Session session, Node node, Func<string, Node?, Way> way, TimeSpan? timeout, CancellationToken cancellationToken) =>
        Following.UntilAsync(session, Kinds.Nodes, [node.Metadata.Name], way, timeout, cancellationToken);
}

/// <summary>What several commands add to what they did.</summary>
internal static class Notes
{
    /// <summary>Says when a policy keeps the operator from acting.</summary>
    public static string OnPolicy(Node node) => node.Spec.ManagementPolicy switch
    {
        ManagementPolicy.Paused => $". The Node is paused, so nothing follows yet: kubectl provision resume {node.Metadata.Name} -n {node.Metadata.Namespace}",
        ManagementPolicy.Observe => ". managementPolicy is Observe, so nothing follows",
        _ => "",
    };

    /// <summary>A token that was never used.</summary>
    public static string Token(TimeProvider time) => $"cli-{time.GetUtcNow():yyyyMMdd'T'HHmmssfff'Z'}";
}

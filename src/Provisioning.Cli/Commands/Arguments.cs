using System.CommandLine;
using Provisioning.Cli.Connecting;
using Provisioning.Cli.Output;

namespace Provisioning.Cli.Commands;

/// <summary>Arguments and options that several commands have.</summary>
internal static class Arguments
{
    /// <summary>The name of a Node.</summary>
    public static Argument<string> Node(CommandHost host)
    {
        var argument = new Argument<string>("NODE") { Description = "Name of the Node." };
        argument.CompletionSources.Add(context => Completions.Names(host, Kinds.Nodes, context.ParseResult));
        return argument;
    }

    /// <summary>Names of Nodes.</summary>
    public static Argument<string[]> Nodes(CommandHost host, ArgumentArity arity)
    {
        var argument = new Argument<string[]>("NODE") { Description = "Names of Nodes.", Arity = arity };
        argument.CompletionSources.Add(context => Completions.Names(host, Kinds.Nodes, context.ParseResult));
        return argument;
    }

    /// <summary>The name of an Image that exists.</summary>
    public static Option<string> Image(CommandHost host)
    {
        var option = new Option<string>("--image") { Description = "Name of the Image.", HelpName = "NAME", Required = true };
        option.CompletionSources.Add(context => Completions.Names(host, Kinds.Images, context.ParseResult));
        return option;
    }

    public static Option<bool> AllNamespaces() => new("--all-namespaces", "-A") { Description = "All namespaces." };

    public static Option<string?> Selector() => new("--selector", "-l") { Description = "Only objects with these labels: key=value, key!=value, key in (a,b), key.", HelpName = "LABELS" };

    public static Option<bool> Yes() => new("--yes", "-y") { Description = "Do not ask." };

    public static Option<bool> Wait() => new("--wait") { Description = "Wait until it is done, and show the progress." };

    public static Option<TimeSpan?> Timeout() => new("--timeout")
    {
        Description = "Longest time to wait, such as 30s, 5m, 1h30m. Without it as long as it takes.",
        HelpName = "TIME",
        CustomParser = result =>
        {
            if (Durations.Parse(result.Tokens[0].Value) is { } time && time > TimeSpan.Zero)
                return time;
            result.AddError($"--timeout must be a time such as 30s, 5m or 1h30m, not '{result.Tokens[0].Value}'");
            return null;
        },
    };
}

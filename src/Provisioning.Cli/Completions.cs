using System.CommandLine;
using System.CommandLine.Completions;
using Provisioning.Api.Meta;
using Provisioning.Cli.Connecting;
using Provisioning.Kubernetes;

namespace Provisioning.Cli;

/// <summary>
/// Completes a command line that is being typed. Answers as kubectl's own completion does: a candidate a line, with its description after a tab, and at last a
/// colon with a directive, so that kubectl takes it from its plugin.
/// </summary>
internal static class Completions
{
    private const string NoFiles = ":4";
    private const string Files = ":0";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>Prints what fits the last of the words.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> words, Terminal terminal, TimeProvider time)
    {
        var before = words.Count > 1 ? words[^2] : "";
        if (before is "-f" or "--filename" or "--kubeconfig")
        {
            await terminal.Output.WriteLineAsync(Files);
            return ExitCodes.Done;
        }

        var typed = words.Count == 0 ? "" : words[^1];
        var root = CommandLine.Create(terminal, time);
        foreach (var (word, description) in Candidates(root, root.Parse([.. words.SkipLast(1)]), before, typed).Where(item => item.Word.StartsWith(typed, StringComparison.Ordinal)))
            await terminal.Output.WriteLineAsync(description.Length > 0 ? $"{word}\t{description}" : word);
        await terminal.Output.WriteLineAsync(NoFiles);
        return ExitCodes.Done;
    }

    /// <summary>
    /// What can come next. From the commands themselves: the library's own answer for words, instead of a text with a position, leaves out the values of options. Options are proposed
    /// when a dash is typed, as kubectl does.
    /// </summary>
    private static IEnumerable<(string Word, string Description)> Candidates(RootCommand root, ParseResult parsed, string before, string typed)
    {
        var command = parsed.CommandResult.Command;
        var options = command.Options.Concat(root.Options.Where(option => option.Recursive)).Distinct().ToList();
        var context = parsed.GetCompletionContext();
        if (options.FirstOrDefault(option => option.ValueType != typeof(bool) && (option.Name == before || option.Aliases.Contains(before))) is { } open)
            return Of(open.CompletionSources.SelectMany(source => source(context)));
        if (typed.StartsWith('-'))
            return options.Where(option => !option.Hidden).Select(option => (option.Name, FirstLine(option.Description)));
        return command.Subcommands.Count > 0
            ? command.Subcommands.Where(inner => !inner.Hidden).Select(inner => (inner.Name, FirstLine(inner.Description)))
            : Of(command.Arguments.SelectMany(argument => argument.CompletionSources).SelectMany(source => source(context)));
    }

    private static IEnumerable<(string Word, string Description)> Of(IEnumerable<CompletionItem> items) => items.Select(item => (item.Label, FirstLine(item.Detail)));

    private static string FirstLine(string? text) => text?.Split('\n')[0] ?? "";

    /// <summary>Names of the objects of a kind.</summary>
    public static IEnumerable<CompletionItem> Names<T>(CommandHost host, ResourceDefinition<T> kind, ParseResult parsed)
        where T : class, IKubernetesEntity => Ask(host, parsed, async (session, cancellationToken) =>
            (await session.ListAsync(kind, allNamespaces: false, selector: null, cancellationToken)).Select(item => item.Metadata.Name));

    /// <summary>The plan that waits on the Node that is named.</summary>
    public static IEnumerable<CompletionItem> Plans(CommandHost host, ParseResult parsed, Argument<string> node) => Ask(host, parsed, async (session, cancellationToken) =>
        parsed.GetValue(node) is { Length: > 0 } name && await session.FindAsync(Kinds.Nodes, name, cancellationToken) is { Status.PendingPlan: { } plan } ? [plan.Id] : []);

    /// <summary>Contexts of the kubeconfig.</summary>
    public static IEnumerable<CompletionItem> Contexts(ParseResult parsed, GlobalOptions options, Terminal terminal)
    {
        try
        {
            return [.. Kubeconfig.Contexts(parsed.GetValue(options.Kubeconfig), terminal).Select(name => new CompletionItem(name))];
        }
        catch (Exception problem) when (problem is not OutOfMemoryException)
        {
            return [];
        }
    }

    /// <summary>Asks the API server. Whatever goes wrong, nothing is proposed: an error in the middle of a line that is typed helps nobody.</summary>
    private static IEnumerable<CompletionItem> Ask(CommandHost host, ParseResult parsed, Func<Session, CancellationToken, Task<IEnumerable<string>>> ask)
    {
        using var limit = new CancellationTokenSource(Patience, host.Time);
        try
        {
            using var session = host.NewSession(parsed);
            // The library asks for completions synchronously, in a process that does nothing else.
#pragma warning disable VSTHRD002
            return [.. Task.Run(() => ask(session, limit.Token), limit.Token).GetAwaiter().GetResult().Select(name => new CompletionItem(name))];
#pragma warning restore VSTHRD002
        }
        catch (Exception problem) when (problem is not OutOfMemoryException)
        {
            return [];
        }
    }
}

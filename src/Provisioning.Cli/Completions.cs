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
        var parsed = CommandLine.Create(terminal, time).Parse(words.Count == 0 ? [""] : words);
        foreach (var item in parsed.GetCompletions().Where(item => item.Label.StartsWith(typed, StringComparison.Ordinal) && !IsNoise(item.Label, typed)))
            await terminal.Output.WriteLineAsync(item.Detail is { Length: > 0 } detail ? $"{item.Label}\t{detail.Split('\n')[0]}" : item.Label);
        await terminal.Output.WriteLineAsync(NoFiles);
        return ExitCodes.Done;
    }

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
        using var session = host.NewSession(parsed);
        try
        {
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

    /// <summary>Options are proposed when a dash is typed, as kubectl does.</summary>
    private static bool IsNoise(string label, string typed) => label is "/?" or "/h" or "-?" || (label.StartsWith('-') && !typed.StartsWith('-'));
}

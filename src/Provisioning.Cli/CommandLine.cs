using System.CommandLine;
using System.CommandLine.Parsing;
using Provisioning.Cli.Commands;
using Provisioning.Cli.Connecting;

namespace Provisioning.Cli;

/// <summary>The command line: what commands there are, and how one is run.</summary>
internal static class CommandLine
{
    /// <summary>Runs a command and gives the exit code of the process.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, Terminal terminal, TimeProvider time)
    {
        // The parser would take the words that are to be completed for its own.
        if (arguments is ["__complete", ..])
            return await Completions.RunAsync([.. arguments.Skip(1)], terminal, time);

        var parsed = Create(terminal, time).Parse(arguments);
        if (parsed.Errors.Count > 0)
            return await TellUsageAsync(parsed, terminal);
        return await parsed.InvokeAsync(new() { Output = terminal.Output, Error = terminal.Error, EnableDefaultExceptionHandler = false });
    }

    /// <summary>All commands.</summary>
    public static RootCommand Create(Terminal terminal, TimeProvider time)
    {
        var options = new GlobalOptions(terminal);
        var host = new CommandHost(terminal, time, options);
        var root = new RootCommand("Look at the machines of the Provisioning Operator, and change what they should be.\n\nRuns as a plugin of kubectl (kubectl provision ...) and alone, and takes kubectl's options.")
        {
            NodesCommand.Create(host),
            DescribeCommand.Create(host),
            WhyCommand.Create(host),
            PlanCommand.Create(host),
            ApproveCommand.Create(host),
            LoadCommand.Create(host),
            CaptureCommand.Create(host),
            PowerCommand.Create(host),
            PauseCommand.CreatePause(host),
            PauseCommand.CreateResume(host),
            WaitCommand.Create(host),
            ImagesCommand.Create(host),
            CompletionCommand.Create(host),
        };
        foreach (var option in options.All)
            root.Options.Add(option);
        return root;
    }

    private static async Task<int> TellUsageAsync(ParseResult parsed, Terminal terminal)
    {
        foreach (var error in parsed.Errors.Select(error => error.Message.TrimEnd('.')).Distinct())
            await terminal.Error.WriteLineAsync($"error: {error}.");
        await terminal.Error.WriteLineAsync($"See '{Name(parsed.CommandResult)} --help'.");
        return ExitCodes.Failed;
    }

    private static string Name(CommandResult command)
    {
        List<string> names = [];
        for (SymbolResult? result = command; result is CommandResult { Command: not RootCommand } inner; result = result.Parent)
            names.Insert(0, inner.Command.Name);
        return string.Join(' ', names.Prepend("kubectl provision"));
    }
}

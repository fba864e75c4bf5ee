using System.CommandLine;
using System.Text.Json;
using Provisioning.Cli.Connecting;
using Provisioning.Cli.Output;
using Provisioning.Cli.Planning;
using Provisioning.Cli.Views;

namespace Provisioning.Cli.Commands;

/// <summary>plan: what applying a file would do to machines.</summary>
internal static class PlanCommand
{
    public static Command Create(CommandHost host)
    {
        var files = new Option<string[]>("--filename", "-f") { Description = "File or folder with manifests, or - for standard input. May be given more than once.", HelpName = "FILE", Required = true };
        var recursive = new Option<bool>("--recursive", "-R") { Description = "Also the folders in a folder." };
        var output = OutputFormat.Option(OutputFormat.Json, OutputFormat.Yaml);
        var command = new Command("plan", "Say what kubectl apply -f FILE would do to which machine, and why. Changes nothing. Exit codes: 0 nothing is done, 2 machines are changed, 3 data is lost or may be, 1 error.") { files, recursive, output };
        host.SetAction(command, async (session, parsed, cancellationToken) =>
        {
            var (manifests, others) = Manifests.Read(parsed.GetRequiredValue(files), parsed.GetValue(recursive), session.Terminal.Input);
            var forecasts = await new Planner(session).PlanAsync(manifests, cancellationToken);
            var code = CodeOf(forecasts);
            if (parsed.GetValue(output) is { } format)
            {
                Documents.Write(session.Terminal.Output, JsonSerializer.SerializeToNode(new PlanReport(forecasts, code), PlanJsonContext.Default.PlanReport)!, format);
                return code;
            }

            if (forecasts.Count > 0)
                session.Terminal.WriteTable(session.Color, PlanTable.Render(forecasts));
            await session.Terminal.Output.WriteLineAsync(PlanTable.Sum(forecasts));
            if (others > 0)
                await session.Terminal.Error.WriteLineAsync($"Left out of account: {others} {(others == 1 ? "object" : "objects")} of other kinds.");
            return code;
        });
        return command;
    }

    private static int CodeOf(IReadOnlyList<MachineForecast> forecasts) =>
        forecasts.Any(forecast => forecast.Effect == Effect.Destroys) ? ExitCodes.Destroys
        : forecasts.Any(forecast => forecast.Effect == Effect.Change) ? ExitCodes.Changes
        : ExitCodes.Done;
}
